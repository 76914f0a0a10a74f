import type { Identity, SignedRecord } from "./record.js";
import type { LinktreeModel, SimpleDb, Store } from "./store.js";

/**
 * Where messages go; `console` is one. Each message is one line of at most 1 000 printable characters, which begins with
 * `dbsharing: `, and then names the `collection` where that is not `"linktree"`. What a logger throws changes nothing.
 */
export interface Logger {
  /** One line for every round, and one for each peer that failed or was not asked, with its code. */
  debug(...message: any[]): void;
  /**
   * One line for every round that stored something, and one when service, database or peers are well again: the database
   * once something was written, or where it could not be read, once it was read.
   */
  info(...message: any[]): void;
  /**
   * What went wrong and may become well by itself: no `taskId`; a service that is away, and what is used instead; a database
   * that fails or does not take records; no peer that is listed, that could be read, or that serves this collection; a peer
   * that is left alone for a while; records of peers dated ahead of this machine's clock; a function of the task that throws. Each kind (its code, and the
   * peer's url where there is one) is said at once, and then at most once an hour, with how often it was not said; at once
   * again where service, database or peers were well for a minute or more in between.
   */
  warn(...message: any[]): void;
  /** What becomes well only by a change of the program: no WebAssembly, a listener that throws, a fault of dbsharing itself. */
  error(...message: any[]): void;
}

/** Base urls of peers: a list, or the values of an object. */
export type PeerUrls = (Iterable<string> & object) | Readonly<Record<string, string>>;

/** What a request says: a GET of a round, or the POST by which `publish` sends a record. */
export interface FetchInit {
  method: "GET" | "POST";
  /** Names in lower case, and values. */
  headers: Record<string, string>;
  /** JSON text, of a POST alone. */
  body?: string;
  /** Redirects are looked at, and never followed. */
  redirect: "manual";
  /** So that no cache between a node and its peers keeps an old list; left out of a POST, and where a runtime refuses it. */
  cache?: "no-store";
  signal: AbortSignal;
  /** Whether a name may lead to a private address; only `nodeFetch` of `dbsharing/http` heeds it. */
  allowPrivateNetworks: boolean;
}

/** The headers of an answer. */
export interface FetchAnswerHeaders {
  /** The value of a header; null where there is none. */
  get(name: string): string | null;
}

/** What a round looks at of an answer. */
export interface FetchAnswer {
  readonly status: number;
  /** The headers; only single ones are asked for, by a name in lower case. */
  readonly headers: FetchAnswerHeaders;
  /**
   * A ReadableStream or an async iterable of bytes; null or undefined for none. It is read as it comes, without a pause:
   * what waits is bounded, and beyond the bound a body is cut.
   */
  readonly body?: unknown;
}

/** What requests go by: the platform's `fetch`, `nodeFetch()` of `dbsharing/http`, or a function of your own. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>;

/**
 * What `createSharing` takes. Only `db` is needed for it to be made. Every function given here is guarded: what it
 * throws becomes a code in the report, never an event of the process. What is `undefined` is as if it was left out.
 *
 * @example
 * createSharing({ serviceUrl: process.env.SERVICE_URL, taskId: process.env.TASK_ID, db: memoryStore() });
 */
export interface SharingOptions {
  /**
   * The task's id: at most 128 characters without spaces, `/`, `\`, `?`, `#` and `%`. Without it (`undefined`, `""`,
   * `"undefined"`, `"null"`) the task runs off-node: a round does nothing and reports `NO_TASK_ID`.
   */
  taskId?: string | undefined;

  /**
   * The service that knows the nodes of the task, for example `"http://localhost:30017"`, which is also the default
   * for `undefined`, `""`, `"undefined"` and `"null"`. Trailing slashes do not matter. It has no user, query or fragment:
   * what a service wants to know beside its address, such as an authorization header, option `fetch` can add.
   *
   * `false`: there is no service, and the nodes of option `peers` are asked alone.
   *
   * @example
   * createSharing({ taskId, db, serviceUrl: false, peers: ["https://one.example.com", "https://two.example.com"] });
   */
  serviceUrl?: string | false | undefined;

  /**
   * Where records are kept: a {@link Store}, {@link SimpleDb} or {@link LinktreeModel}, told apart in this order, or a promise
   * of one. For a promise of a `LinktreeModel` option `identity` has to be `"owner"`, which is the default only where the
   * model itself is given.
   */
  db: Store | SimpleDb | LinktreeModel | Promise<Store | SimpleDb | LinktreeModel>;

  /** The segment of the path after `/task/{taskId}/`: not empty, without `/`. Default: `"linktree"`. */
  collection?: string | undefined;

  /**
   * Default: `"record"`, a slot for every (publicKey, uuid); `"owner"` where `db` is a {@link LinktreeModel}, which has
   * one slot for a key (`"record"` is `OPTION_INVALID` there, because it would lose data). A store that was written with
   * the other one is `IDENTITY_MISMATCH`.
   */
  identity?: Identity | undefined;

  /**
   * More peers than the service names: base urls, an object `{ stakingKey: url }`, or a function that gives one of these,
   * asked every round, which has `peerTimeoutMs` to answer. What it throws is `PEERS_FAILED` in the report, and the service's
   * nodes are asked. What is not an http or https url, and a url with a user, a password, a query or a fragment, is
   * `OPTION_INVALID`; where a function gives a url with one of these, a warning says so, and other texts are
   * `ADDRESS_REFUSED` in the report.
   *
   * @example
   * peers: ["https://node.example.com"]
   */
  peers?: PeerUrls | (() => PeerUrls | undefined | Promise<PeerUrls | undefined>) | undefined;

  /**
   * The http or https url or urls by which others reach this node, so that it never asks itself. What `serviceUrl` takes
   * for not given is not given here either, nor in a list.
   */
  selfUrl?: string | readonly (string | undefined)[] | undefined;

  /** Milliseconds from one round to the next, for `start()`: an integer from 1 to 2^31 - 1. Default: 20 000. */
  intervalMs?: number | undefined;

  /** How many peers a round asks at most, 1 to 10 000: at random among the healthy; all get their turn. Default: 32. */
  maxPeersPerRound?: number | undefined;

  /**
   * How many peers a round asks at the same time, 1 to 10 000. Default: 32, so that all are. At most two slow ones are asked
   * beside them: see `peerTimeoutMs`.
   */
  concurrency?: number | undefined;

  /**
   * Milliseconds for one peer's whole exchange, 1 to 2^31 - 1. Default: 10 000. A peer that timed out is asked with a
   * deadline that is twice as long after each time-out, up to 60 000 where this is less, until it answers in time. A round
   * does not wait for that longer than for others: it reports the peer as `"skipped"` with the code `PEER_SLOW`, and what it
   * gave counts in the report of the round in which it ends. Two peers are asked so at a time; the others as usual.
   */
  peerTimeoutMs?: number | undefined;

  /**
   * Bytes of one peer's body after decompression, at least 1. Default: 67 108 864, which is 64 MiB. What comes after them
   * is asked for in the next round, as after `maxItems` and `peerTimeoutMs`: a larger collection arrives in several.
   */
  maxBodyBytes?: number | undefined;

  /** Items of one peer's body, at least 1. Default: 1 000 000. */
  maxItems?: number | undefined;

  /**
   * Signatures of one peer that may fail in one round before it is cut off, 0 or more. Default: 1 000. Only signatures
   * that do not verify count, because old nodes honestly serve thousands of records without one.
   */
  maxRejected?: number | undefined;

  /** Records that this node holds, 0 or more; others are `STORE_FULL`. Default: 1 000 000. */
  maxRecords?: number | undefined;

  /** Milliseconds for one call of `db`, 1 to 2^31 - 1. Default: 10 000. */
  storeTimeoutMs?: number | undefined;

  /** Whether `handle` answers `POST /{collection}`. Default: `false`. */
  acceptWrites?: boolean | undefined;

  /**
   * Whether peers at private and loopback addresses are asked. Default: only if the service itself is at such an
   * address and its list holds no public one; every name but `localhost` counts as public. Without
   * a service: only if no peer is at a public one. Where requests go by
   * `nodeFetch` (see option `fetch`) this is also asked of the address that a
   * name turns out to lead to. Link-local and metadata addresses are never asked. Where it is `false`, nodes that
   * `publish` is given by `to` are not sent to at such addresses either.
   */
  allowPrivateNetworks?: boolean | undefined;

  /**
   * The task's own last word on a record that all other rules accept. One that is refused is `NOT_ACCEPTED`, and so is one
   * that it throws at, or of which it has not said `true` in time: it has what is left of `peerTimeoutMs` for all records of
   * a batch together, and at least 250 ms. What is refused is offered to it again after 10 minutes.
   *
   * @example
   * accept: ({ data }) => Array.isArray(data.linktree) && data.linktree.length <= 100
   * @example
   * // It may be a type guard; of `data` nothing has been checked before but `uuid` and `timestamp`.
   * type Link = { uuid: string; timestamp: number; url: string };
   * const isLink = (record: SignedRecord): record is SignedRecord<Link> => typeof record.data.url === "string";
   * const links = createSharing<Link>({ taskId, db, accept: isLink });
   */
  accept?: ((record: SignedRecord) => boolean | Promise<boolean>) | undefined;

  /**
   * What requests go by. Default: `nodeFetch` of `dbsharing/http` on Node 20.16, 22.3 and newer, and on Node 18 in a program that
   * begins with CommonJS, unless the global `fetch` was replaced, by a framework or a test; else the global `fetch`, as it is at the time of each request.
   */
  fetch?: Fetch | undefined;

  /** The clock: milliseconds since 1970. Default: `Date.now`. */
  now?: (() => number) | undefined;

  /** Ends the round under way with `ABORTED`, and stops what `start()` began. */
  signal?: AbortSignal | undefined;

  /**
   * Where messages go. Default: warnings and errors to the `console`, debug and info nowhere. `null`: nowhere. A logger that
   * is given hears all four levels.
   *
   * @example
   * logger: { ...console, debug: () => {} } // info as well
   */
  logger?: Logger | null | undefined;
}
