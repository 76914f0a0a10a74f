import type { ShareCode } from "./codes.js";
import type { SharingOptions } from "./options.js";
import type { AcceptedVerdict, SignedRecord } from "./record.js";
import type { Report } from "./report.js";

/**
 * What keeps one collection of one task the same as that of its peers. Makes no request, touches no database and sets
 * no timer: that begins with `share()` or `start()`.
 *
 * @throws {ShareError} a TypeError or RangeError with the code `OPTION_INVALID`, which names the option, what it got
 * and what it wants
 * @example
 * import { createSharing } from "dbsharing";
 * export const { share } = createSharing({ serviceUrl: SERVICE_URL, taskId: TASK_ID, db });
 */
export function createSharing(options: SharingOptions): Sharing;

/** All methods are bound: `const { share } = createSharing(…)` works. */
export interface Sharing {
  /**
   * One round: asks the service for the nodes, the nodes for their records, keeps what is valid and new. Never rejects
   * and never throws. A call during a round gives that round's promise.
   *
   * @example
   * setInterval(share, 20_000);
   */
  share(): Promise<Report>;

  /** Shares at once and then every `intervalMs`, never two rounds at a time. Does not keep the process alive. */
  start(): void;

  /** Ends what `start()` began and the round under way, and settles when it has ended. */
  stop(): Promise<void>;

  /** Calls the listener after every round. Gives back what takes it off again. */
  on(event: "report", listener: (report: Report) => unknown): () => void;
  /** Calls the listener for every record that was stored. Gives back what takes it off again. */
  on(event: "record", listener: (record: SignedRecord) => unknown): () => void;

  /**
   * The task's own way to write: verifies the record, and stores it if it is newer than what is held. Never rejects:
   * a record that a rule refuses, or that the database fails to store, gives `ok: false` and the code.
   *
   * @example
   * const { ok, stored } = await sharing.put(signRecord({ uuid, linktree, timestamp: Date.now() }, secretKey));
   */
  put(record: SignedRecord<any>): Promise<PutResult>;

  /**
   * The record in this slot; see `recordKey`.
   *
   * @throws {ShareError} `BAD_ID` when the key is no string; `STORE_FAILED` or `STORE_TIMEOUT` when the database fails;
   * `IDENTITY_MISMATCH` when it was written with the other option `identity`
   */
  get(key: string): Promise<SignedRecord | undefined>;

  /**
   * All records that are held, ascending by key.
   *
   * @throws {ShareError} `STORE_FAILED` or `STORE_TIMEOUT` when the database fails; `IDENTITY_MISMATCH` when it was
   * written with the other option `identity`
   */
  records(): AsyncIterable<SignedRecord>;

  /**
   * The answer to a peer's request; `undefined` when it is not for us. Answers GET, HEAD and OPTIONS for
   * `/task/{taskId}/{collection}/all` and `/list`, and both without `/task/{taskId}`, with `?after=KEY` only the records
   * whose keys are greater (see `recordKey`). A body that lacks what its `ETag` says is cut. With `acceptWrites` also
   * `POST /{collection}`, whose body is a record or `{ payload: record }`: 200, 400 with code and message, or 409 when
   * what is held is newer.
   *
   * At most 1024 posts are under way, whose bodies have 16 MiB together, and 8 are judged and stored at a time; beyond
   * that the body that has been arriving for longest is answered with 429, `TOO_BUSY`. At most 256 bodies of records are
   * read at a time; one of which nothing is taken for a second is cut where another wants its place, and after 30 seconds
   * in any case. One more waits for a place up to 10 seconds, then it is 429. HEAD, 304 and texts need no place. On
   * node:http and Express use `nodeHandler` of `dbsharing/http`.
   */
  handle(request: Request): Promise<Response | undefined>;

  /**
   * Reads the store, unless what it holds is known already: after that `status()` says how many records there are. A
   * round, a `put` and an answer to a peer read it themselves.
   *
   * @throws {ShareError} `STORE_FAILED`, `STORE_TIMEOUT`; `IDENTITY_MISMATCH` when the database was written with the
   * other option `identity`
   * @example
   * await sharing.ready();
   * console.log(`${sharing.status().records} records`);
   */
  ready(): Promise<void>;

  /** What this node holds and knows of its peers. */
  status(): Status;
}

/** What became of a record that the task put. */
export type PutResult =
  | (AcceptedVerdict & {
      /** Whether it was stored; `false` when what is held is the same or newer. */
      stored: boolean;
    })
  | {
      ok: false;
      stored: false;
      /** The rule that refuses the record, or what the database did. */
      code: ShareCode;
      /** What is wrong, in a sentence. */
      message: string;
      /** There exactly when `data` is an object within the limits of size and depth. */
      signedText?: string;
    };

/** What a node holds and knows of its peers. */
export interface Status {
  /** Records held; `undefined` until the store has been read, by `ready()` or whatever came first. */
  records: number | undefined;
  /** Records dated in the future, which are kept aside and judged again when they are due. */
  parked: number;
  /**
   * The digest of all that is held, 64 hex digits: two nodes that hold the same have the same. `undefined` until the
   * store has been read.
   */
  digest: string | undefined;
  /** The report of the last round; absent before the first one ended. */
  lastReport?: Report;
  /** The peers that are known, and how each fares. */
  peers: PeerStatus[];
}

/** How one peer fares. */
export interface PeerStatus {
  /** Its base url, normalised, without a trailing slash. */
  url: string;
  /** How many exchanges in a row have failed; 0 where the last one succeeded. */
  failures: number;
  /** When it is asked again: milliseconds since 1970, 0 where it need not be waited for. */
  retryAtMs: number;
}
