import type { SharingOptions } from "./options.js";
import type { RecordData, Signer, SignedRecord } from "./record.js";
import type { Report } from "./report.js";
import type {
  Progress,
  PublishOptions,
  PublishResult,
  PutResult,
  RecordFilter,
  RejectedItem,
  UndatedData,
  UpdateResult,
} from "./results.js";
import type { Status } from "./status.js";

/**
 * What keeps one collection of one task the same as that of its peers. Makes no request, touches no database and sets
 * no timer: that begins with `share()` or `start()`.
 *
 * `Data` is what the task's records hold, for the types alone: what peers send is of that shape only where option
 * `accept` checks it.
 *
 * @throws {ShareError} a TypeError or RangeError with the code `OPTION_INVALID`, which names the option, what it got
 * and what it wants
 * @example
 * import { createSharing } from "dbsharing";
 * export const { share } = createSharing({ serviceUrl: SERVICE_URL, taskId: TASK_ID, db });
 * @example
 * interface Link { uuid: string; timestamp: number; url: string }
 * const links = createSharing<Link>({ taskId: TASK_ID, db, accept: ({ data }) => typeof data.url === "string" });
 * for await (const { data } of links.records()) console.log(data.url);
 */
export function createSharing<Data extends { uuid: string; timestamp: number } = RecordData>(
  options: SharingOptions,
): Sharing<Data>;

/** What the listeners of each event get; see `on`. */
export interface SharingEvents<Data extends object = RecordData> {
  report: Report;
  record: SignedRecord<Data>;
  rejected: RejectedItem;
  progress: Progress;
}

/** All methods are bound: `const { share } = createSharing(…)` works. */
export interface Sharing<Data extends { uuid: string; timestamp: number } = RecordData> {
  /**
   * One round: asks the service for the nodes, the nodes for their records, keeps what is valid and new. Never rejects
   * and never throws. A call during a round gives that round's promise.
   *
   * @example
   * setInterval(share, 20_000);
   */
  share(): Promise<Report>;

  /**
   * Shares at once and then every `intervalMs`, never two rounds at a time. Does not keep the process alive.
   *
   * @example
   * sharing.start();
   */
  start(): void;

  /**
   * Ends what `start()` began, the round under way, what is asked of slow peers beside it, and what `publish` waits for, and
   * settles when they have ended.
   *
   * @example
   * process.once("SIGTERM", () => void sharing.stop());
   */
  stop(): Promise<void>;

  /**
   * Calls the listener after every round, with a report of its own. Returns an unsubscribe function. What a listener throws is
   * logged and goes nowhere else.
   *
   * @throws {ShareError} a RangeError with the code `OPTION_INVALID` for an event that there is not, a TypeError with
   * it for a listener that is not a function; so do the other events
   * @example
   * const unsubscribe = sharing.on("report", ({ totals }) => console.log(`${totals.inserted} new records`));
   * unsubscribe();
   */
  on(event: "report", listener: (report: Report) => unknown): () => void;
  /**
   * Calls the listener with every record that is stored here, and with every one that another process, another tab or the
   * task's own code wrote to the same database, once it is noticed. What the first reading of the database finds is not
   * among them: that is what `records` is for. Returns an unsubscribe function.
   *
   * What others write is heard of only after that first reading, which `ready`, `records`, `share`, `start`, a `put` or a
   * request begins, and not a listener: a tab or process that does no more than listen calls `ready`. A store that has
   * `watch`, such as `indexeddbStore`, tells at once; any other is looked at by rounds and by requests.
   *
   * @example
   * sharing.on("record", ({ publicKey, data }) => console.log(`${publicKey} wrote ${data.uuid}`));
   * await sharing.ready();
   */
  on(event: "record", listener: (record: SignedRecord<Data>) => unknown): () => void;
  /**
   * Calls the listener with every item of a peer that a rule or the database refused. Returns an unsubscribe function.
   *
   * @example
   * sharing.on("rejected", ({ url, key, code, message }) => console.log(`${url} gave ${key ?? "an item"}: ${code}, ${message}`));
   */
  on(event: "rejected", listener: (item: RejectedItem) => unknown): () => void;
  /**
   * Calls the listener about once a second while a reading of the database or a round lasts longer than a second. Returns an
   * unsubscribe function.
   *
   * @example
   * sharing.on("progress", ({ phase, done, total }) => console.log(`${phase}: ${done}${total ? ` of ${total}` : ""}`));
   */
  on(event: "progress", listener: (progress: Progress) => unknown): () => void;
  /**
   * The same for an event that is known only when it runs: one of a list, or the parameter of a function of your own.
   *
   * @example
   * for (const event of ["report", "rejected"] as const) sharing.on(event, (value) => console.log(`${event}: ${JSON.stringify(value)}`));
   */
  on<Event extends keyof SharingEvents<Data>>(
    event: Event,
    listener: (value: SharingEvents<Data>[Event]) => unknown,
  ): () => void;

  /**
   * Stores a record that is signed already, if it is newer than what is held. Never rejects: a record that a rule refuses,
   * or that the database fails to store, gives `ok: false` and the code. To sign and store at once there is `update`.
   *
   * @example
   * const record = signRecord({ uuid: "home", linktree: [], timestamp: Date.now() }, secretKey);
   * const { ok, stored } = await sharing.put(record);
   */
  put(record: SignedRecord<Data>): Promise<PutResult>;

  /**
   * Stores many records, judged and written together: a result for each, in their order. Never rejects, as `put`: where
   * `records` cannot be iterated over, or is a string, there is one result, `OPTION_INVALID`; where iterating throws, there
   * is this one after those of the records until then, which are stored.
   *
   * Of several versions of one record the greatest counts: those that come with it are `STALE`, and those that came some
   * hundreds of records before it may have been stored for a while.
   *
   * @example
   * const results = await sharing.putMany(records);
   * console.log(`${results.filter(({ stored }) => stored).length} of ${results.length} stored`);
   */
  putMany(records: Iterable<SignedRecord<Data>>): Promise<PutResult[]>;

  /**
   * Signs data and stores it as the newest record of its slot. `timestamp` is set here, and one that is given is replaced: to
   * the clock's time in milliseconds, or later, so that it is later than what the slot holds and no two are dated alike. Calls
   * for one slot are stored in their order; `data` is taken as it is when `update` is called. Where another process wrote to
   * the slot meanwhile, it is dated and signed again, up to ten times in all, then the result says `STALE`.
   *
   * Where the slot holds a record that is dated more than ten minutes ahead of this node's clock, because this clock or
   * another was ahead, nothing can be stored there until its time comes: `FROM_THE_FUTURE`, without asking for a signature.
   *
   * Takes a secret key, as `signRecord` does, or a {@link Signer}, which may take as long as it likes: only this slot waits,
   * also after `stop()` and the `signal`, which end no update.
   * Never rejects: what a rule, the key, the signer or the database has against it is in the result.
   *
   * @example
   * const { stored, record } = await sharing.update({ uuid: "home", linktree: [] }, secretKey);
   * if (stored) await sharing.publish(record);
   */
  update(data: UndatedData<Data>, secretKey: Uint8Array | Signer): Promise<UpdateResult<Data>>;

  /**
   * The record in this slot; see `recordKey`. `undefined` where there is none.
   *
   * @throws {ShareError} `BAD_ID` when the key is not a string; `STORE_FAILED` or `STORE_TIMEOUT` when the database fails;
   * `IDENTITY_MISMATCH` when it was written with the other option `identity`. What the database threw is the `cause`, here and
   * in `ready` and `records`
   * @example
   * const record = await sharing.get(recordKey(publicKey, "home"));
   * console.log(record?.data.linktree);
   */
  get(key: string): Promise<SignedRecord<Data> | undefined>;

  /**
   * The records that are held, ascending by key: all of them, or those that the filter lets through.
   *
   * @throws {ShareError} at the call itself `OPTION_INVALID` when the filter is wrong, `BAD_KEY` when its publicKey is not
   * base58 of 32 bytes; while reading `STORE_FAILED` or `STORE_TIMEOUT` when the database
   * fails; `IDENTITY_MISMATCH` when it was written with the other option `identity`
   * @example
   * for await (const { data } of sharing.records({ publicKey, limit: 10 })) console.log(data.uuid);
   */
  records(filter?: RecordFilter): AsyncIterable<SignedRecord<Data>>;

  /**
   * Sends a record to other nodes, which accept writes; nothing is stored here. A peer gets it sooner so than by its own next
   * round. With `to` every node of it is asked. Without, it is peers that this node knows and that are not left alone, three at a
   * time, until three hold the record; where none is known yet, the service is asked for its list.
   *
   * One result for each node that was asked: `ok: true` says that it holds this version, or a greater one. A record that a rule
   * refuses is sent to nobody. Never rejects: where nobody could be asked there is one result with an empty url, which says why.
   * A node has `peerTimeoutMs`; `stop()` and the `signal` end it (`ABORTED`).
   *
   * @example
   * const [result] = await sharing.publish(record, { to: "https://node.example.com" });
   * if (result?.ok) console.log(`${result.url} holds it`);
   * else console.log(`${result?.code}: ${result?.message}`);
   */
  publish(record: SignedRecord<Data>, options?: PublishOptions): Promise<PublishResult[]>;

  /**
   * The answer to a peer's request; `undefined` when it is not for us. Answers GET, HEAD and OPTIONS for
   * `/task/{taskId}/{collection}/all` and `/list`, and both without `/task/{taskId}`, with `?after=KEY` only the records
   * whose keys are greater (see `recordKey`): `encodeURIComponent` of a key; what is not one is ignored. A body that lacks what its `ETag` says is cut. With `acceptWrites` also
   * `POST /{collection}`, whose body is a record or `{ payload: record }`. The answer is a {@link PutResult} as JSON: 200 when it
   * is stored, or this very version was held already; 409 when a greater one is held; 400 when a rule refuses it; 413 when the
   * body is too long; 503 when the database fails.
   *
   * At most 1024 posts are under way, whose bodies have 16 MiB together, and 8 are judged and stored at a time; beyond
   * that the body that has been arriving for longest is answered with 429, `TOO_BUSY`. At most 256 bodies of records are
   * read at a time; one of which nothing is taken for a second is cut where another wants its place, and after 30 seconds
   * in any case. One more waits for a place up to 10 seconds, then it is 429. HEAD, 304 and texts need no place. On
   * node:http and Express use `nodeHandler` of `dbsharing/http`.
   *
   * @throws {ShareError} a TypeError with the code `OPTION_INVALID` for what is not a Request
   * @example
   * const answer = await sharing.handle(new Request("https://me.example.com/task/my-task/linktree/all"));
   * console.log(answer ? await answer.json() : "not for us");
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

  /**
   * What this node holds and knows of its peers.
   *
   * @example
   * const { records, digest, peers } = sharing.status();
   * console.log(`${records} records, ${peers.length} peers, digest ${digest}`);
   */
  status(): Status;
}
