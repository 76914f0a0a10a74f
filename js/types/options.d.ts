import type { Identity, SignedRecord } from "./record.js";
import type { LinktreeModel, SimpleDb, Store } from "./store.js";

/**
 * Where messages go, for example `console`. Each message is one line of at most 1 000 printable characters. It begins with
 * `dbsharing: `, followed by the name of the `collection` unless that is `"linktree"`. What a logger throws is ignored.
 */
export interface Logger {
  /** Receives one line for every round, and one for each peer that failed or was not asked, with its code. */
  debug(...message: any[]): void;
  /**
   * Receives one line for every round that stored something, and one when the service, the database or peers work again.
   * The database works again once something was written, or, if it could not be read, once it was read.
   */
  info(...message: any[]): void;
  /**
   * Receives what went wrong and may recover by itself: no `taskId`; a service that is unreachable, and what is used
   * instead; a database that fails or does not take records; no peer that is listed, that could be read, or that serves this
   * collection; a peer that this node backs off from; records of peers dated ahead of this machine's clock; a function of
   * the task that throws. Each kind of warning (its code, and the peer's url if there is one) is logged at once, and then at
   * most once an hour, with the number of repetitions left out. It is logged at once again if the service, the database or
   * the peers worked for a minute or more in between.
   */
  warn(...message: any[]): void;
  /** Receives what only a change to the program can fix: no WebAssembly, a listener that throws, a fault of dbsharing itself. */
  error(...message: any[]): void;
}

/** Base urls of peers: a list, or the values of an object. */
export type PeerUrls = (Iterable<string> & object) | Readonly<Record<string, string>>;

/** One request: a GET of a round, or the POST with which `publish` sends a record. */
export interface FetchInit {
  method: "GET" | "POST";
  /** Header values by name, the names in lower case. */
  headers: Record<string, string>;
  /** JSON text; only for a POST. */
  body?: string;
  /** Redirects are reported, never followed. */
  redirect: "manual";
  /** Keeps a cache from answering with an old list; left out of a POST, and in runtimes that refuse it. */
  cache?: "no-store";
  /** Ends the request. */
  signal: AbortSignal;
  /** Whether a name may lead to a private address; only `nodeFetch` of `dbsharing/http` respects it. */
  allowPrivateNetworks: boolean;
}

/** The headers of a response. */
export interface FetchAnswerHeaders {
  /** Returns the value of a header; null if there is none. */
  get(name: string): string | null;
}

/** The parts of a response that a round reads. */
export interface FetchAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** The headers; each is read by its name in lower case. */
  readonly headers: FetchAnswerHeaders;
  /**
   * A ReadableStream or an async iterable of bytes; null or undefined for none. It is read as it arrives, without pauses:
   * the bytes waiting to be judged are bounded, and beyond the bound a body is cut off.
   */
  readonly body?: unknown;
}

/** What sends requests: the platform's `fetch`, `nodeFetch()` of `dbsharing/http`, or your own function. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>;

/**
 * The options of `createSharing`. Only `db` is required. Every function given here is guarded: what it throws becomes a
 * code in the report, never an uncaught exception. An option that is `undefined` counts as left out.
 *
 * @example
 * createSharing({ serviceUrl: process.env.SERVICE_URL, taskId: process.env.TASK_ID, db: memoryStore() });
 */
export interface SharingOptions {
  /**
   * The task's id: at most 128 characters, without spaces, `/`, `\`, `?`, `#` and `%`. Without it (`undefined`, `""`,
   * `"undefined"`, `"null"`) the task runs off-node: a round does nothing and reports `NO_TASK_ID`.
   */
  taskId?: string | undefined;

  /**
   * The url of the service that lists the task's nodes. Default, also for `""`, `"undefined"` and `"null"`:
   * `"http://localhost:30017"`. Trailing slashes do not matter. It must not have a user, a query or a fragment; if a service
   * needs more, such as an authorization header, option `fetch` can add it.
   *
   * `false`: there is no service, and only the nodes of option `peers` are asked.
   *
   * @example
   * createSharing({ taskId, db, serviceUrl: false, peers: ["https://one.example.com", "https://two.example.com"] });
   */
  serviceUrl?: string | false | undefined;

  /**
   * Where records are kept: a {@link Store}, a {@link SimpleDb} or a {@link LinktreeModel}, recognised by their methods in this
   * order, or a promise of one. With a promise of a `LinktreeModel`, set option `identity` to `"owner"`, which is the default
   * only if the model itself is given.
   */
  db: Store | SimpleDb | LinktreeModel | Promise<Store | SimpleDb | LinktreeModel>;

  /** The path segment after `/task/{taskId}/`: not empty, without `/`. Default: `"linktree"`. */
  collection?: string | undefined;

  /**
   * Which records share a slot. Default: `"record"`, one slot for each (publicKey, uuid). If `db` is a {@link LinktreeModel},
   * which has one slot for each public key, the default is `"owner"`, and `"record"` is `OPTION_INVALID`, because it would
   * lose data. A database that was written with the other identity is `IDENTITY_MISMATCH`. A peer with the other one is
   * `PEER_DIFFERS`, and all of its records are read.
   */
  identity?: Identity | undefined;

  /**
   * Peers in addition to those that the service lists: base urls, an object `{ stakingKey: url }`, or a function that returns
   * one of these. The function is called every round and has `peerTimeoutMs` to answer; if it throws, the report says
   * `PEERS_FAILED`, and the service's nodes are asked. A text that is not an http or https url, or a url with a user, a
   * password, a query or a fragment, is `OPTION_INVALID`. From a function, such a url causes a warning, and any other text
   * is `ADDRESS_REFUSED` in the report.
   *
   * @example
   * peers: ["https://node.example.com"]
   */
  peers?: PeerUrls | (() => PeerUrls | undefined | Promise<PeerUrls | undefined>) | undefined;

  /**
   * The http or https url or urls at which others reach this node, so that it never asks itself. `""`, `"undefined"` and
   * `"null"` count as left out, also in a list.
   */
  selfUrl?: string | readonly (string | undefined)[] | undefined;

  /** Milliseconds from one round to the next, for `start()`: an integer from 1 to 2^31 - 1. Default: 20 000. */
  intervalMs?: number | undefined;

  /** The most peers that a round asks, 1 to 10 000: chosen at random among the healthy, and each gets its turn. Default: 32. */
  maxPeersPerRound?: number | undefined;

  /**
   * The most peers that a round asks at the same time, 1 to 10 000. Default: 32, so all of them. Up to two slow peers may be
   * asked in addition: see `peerTimeoutMs`.
   */
  concurrency?: number | undefined;

  /**
   * Milliseconds for the whole exchange with one peer, 1 to 2^31 - 1. Default: 10 000. After each time-out the peer's deadline
   * doubles, up to 60 000 (or this value, if it is greater), until the peer answers in time. A round waits no longer for
   * such a peer than for others: it reports the peer as `"skipped"` with the code `PEER_SLOW`, and the exchange counts in
   * the report of the round in which it ends. At most two peers at a time are asked this way; others are asked as usual.
   */
  peerTimeoutMs?: number | undefined;

  /**
   * The most bytes of all bodies of one exchange with a peer, after decompression, at least 1. Default: 67 108 864, which is
   * 64 MiB. The next round asks for what is still missing, and likewise after `maxItems` and `peerTimeoutMs`: a larger
   * collection arrives in several rounds.
   */
  maxBodyBytes?: number | undefined;

  /** The most items of all bodies of one exchange with a peer, at least 1. Default: 1 000 000. */
  maxItems?: number | undefined;

  /**
   * The most signatures of one peer that may fail in one round before it is cut off, 0 or more. Default: 1 000. Only
   * signatures that do not verify count, because old nodes honestly serve thousands of records without one.
   */
  maxRejected?: number | undefined;

  /** The most records that this node holds, 0 or more; others are `STORE_FULL`. Default: 1 000 000. */
  maxRecords?: number | undefined;

  /** Milliseconds for one call of `db`, 1 to 2^31 - 1. Default: 10 000. */
  storeTimeoutMs?: number | undefined;

  /** Whether `handle` answers `POST /{collection}`. Default: `false`. */
  acceptWrites?: boolean | undefined;

  /**
   * Whether peers at private and loopback addresses are asked. Default: only if the service itself is at such an address
   * and its list holds no public one; every name except `localhost` counts as public. Without a service: only if no peer is
   * at a public address. If requests go through `nodeFetch` (see option `fetch`), the same applies to the address that a
   * name resolves to. Link-local and metadata addresses are never asked. With `false`, `publish` does not send to nodes in
   * `to` at private addresses either.
   */
  allowPrivateNetworks?: boolean | undefined;

  /**
   * The task's own rule, applied to a record that passes all others: returns whether the record is accepted. The record is
   * `NOT_ACCEPTED` if this returns anything but `true`, throws, or does not answer in time: all records of a batch together
   * have what is left of `peerTimeoutMs`, and at least 250 ms. A rejected record is offered again after 10 minutes.
   *
   * @example
   * accept: ({ data }) => Array.isArray(data.linktree) && data.linktree.length <= 100
   * @example
   * // It may be a type guard. Of `data`, only `uuid` and `timestamp` have been checked before.
   * type Link = { uuid: string; timestamp: number; url: string };
   * const isLink = (record: SignedRecord): record is SignedRecord<Link> => typeof record.data.url === "string";
   * const links = createSharing<Link>({ taskId, db, accept: isLink });
   */
  accept?: ((record: SignedRecord) => boolean | Promise<boolean>) | undefined;

  /**
   * What sends requests. Default: `nodeFetch` of `dbsharing/http` on Node 20.16, 22.3 and newer, and on Node 18 in a program
   * whose entry file is CommonJS, unless a framework or a test has replaced the global `fetch`; otherwise the global `fetch`,
   * looked up at each request.
   */
  fetch?: Fetch | undefined;

  /** The clock: returns milliseconds since 1970. Default: `Date.now`. */
  now?: (() => number) | undefined;

  /** Ends the current round with `ABORTED`, and stops what `start()` began. */
  signal?: AbortSignal | undefined;

  /**
   * Where messages go. Default: warnings and errors go to the `console`, debug and info messages nowhere. `null`: nowhere. A
   * logger given here receives all four levels.
   *
   * @example
   * logger: { ...console, debug: () => {} } // info as well
   */
  logger?: Logger | null | undefined;
}
