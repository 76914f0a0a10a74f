import type { Agent, IncomingMessage, ServerResponse } from "node:http";
import type { Sharing } from "./types/sharing.js";

/** Answers one request; its promise never rejects. */
export type NodeHandler = (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void) => Promise<void>;

/**
 * A request listener for node:http and a middleware for Express 4 and 5, that answers what `sharing.handle` answers.
 * What is not for it goes on to `next()` with its body unread, or gets 404 where there is no `next`. An error goes to
 * `next(error)`, or is answered with 500.
 *
 * It may be mounted at any path. A body that a parser has read already is taken from `req.body`; another is read up to
 * 1 MiB, and 413 beyond. One that was read and is not in `req.body` is 400, `BODY_UNREADABLE`: in Koa give
 * `ctx.req.body = ctx.request.body`, in Fastify `request.raw.body = request.body`.
 *
 * A reader that takes nothing for 30 seconds is cut off. Of one public address 8 bodies of records are read and 64 are
 * posted at a time, and 429, `TOO_BUSY`, beyond; HEAD, 304 and texts are not counted. `x-forwarded-for` is not looked at,
 * so behind a proxy only the bounds of `handle` hold.
 *
 * @throws TypeError when `sharing` is not what `createSharing` gives, or where there is no global Request
 * @example
 * app.use(nodeHandler(sharing));               // Express 4 and 5
 * http.createServer(nodeHandler(sharing));     // node:http
 */
export function nodeHandler(sharing: Pick<Sharing, "handle">): NodeHandler;

/** A function that says what a name leads to, as `dns.lookup` does. Whatever it throws is an error of its look-up alone. */
export type NodeFetchLookup = (
  hostname: string,
  options: { all: true; verbatim: true },
  callback: (error: Error | null, addresses: string | { address: string; family: number }[]) => void,
) => unknown;

/** What `nodeFetch` takes. */
export interface NodeFetchOptions {
  /** Certificates of authorities to trust in the place of those that Node knows: PEM itself, not the path of a file. */
  ca?: string | Uint8Array | (string | Uint8Array)[] | undefined;
  /**
   * An `http.Agent` or `https.Agent` of your own, or a function that gives one for a URL. It is used as it is, with a
   * `lookup` that judges addresses; proxies of the environment are its own matter.
   */
  agent?: Agent | ((url: URL) => Agent) | undefined;
  /** Used for all names instead of look-ups of its own: the signature of `dns.lookup`, called with `{ all: true }`. */
  lookup?: NodeFetchLookup | undefined;
  /**
   * Whether a name may lead to a private or loopback address. Default: what a request says (in a round, what option
   * `allowPrivateNetworks` of `createSharing` came to), else no.
   */
  allowPrivateNetworks?: boolean | undefined;
}

/** What a request may say; anything else is ignored. */
export interface NodeFetchInit {
  /** Default "GET". */
  method?: string | undefined;
  /** Names in any case; those that are not given have defaults that fit. */
  headers?: Record<string, string> | Iterable<[string, string]> | undefined;
  body?: string | Uint8Array | ArrayBuffer | null | undefined;
  /** Ends the request, its connection and its body. */
  signal?: AbortSignal | undefined;
  /** As the option of this name, for this request. */
  allowPrivateNetworks?: boolean | undefined;
}

/** The headers of a response. */
export interface NodeFetchHeaders extends Iterable<[string, string]> {
  /** The value of a header, its name in any case; several values are joined by commas; null where there is none. */
  get(name: string): string | null;
  /** Whether there is such a header. */
  has(name: string): boolean;
  /** All of them, the names in lower case. */
  entries(): IterableIterator<[string, string]>;
}

/** The body of a response, which can be read once. */
export interface NodeFetchBody extends AsyncIterable<Uint8Array> {
  /** Frees the connection, whatever was read; whoever waits for a piece is told that this is the end. */
  cancel(): Promise<void>;
}

/** A response, in the parts of the platform's `Response` that can be had without it. */
export interface NodeFetchResponse {
  readonly status: number;
  readonly statusText: string;
  /** Whether the status is one from 200 to 299. */
  readonly ok: boolean;
  readonly type: "basic";
  readonly url: string;
  readonly redirected: false;
  readonly headers: NodeFetchHeaders;
  /**
   * The body, decoded, in pieces; null where the status or the method allows none. The connection waits for its reader.
   * Read it to its end or cancel it: until then its connection is taken.
   */
  readonly body: NodeFetchBody | null;
  /** Whether a reader may pause as long as it likes. */
  readonly mayPause: true;
  /** The whole body. Rejects with `BODY_TOO_LARGE` beyond `maxBytes`, 64 MiB by default, counted when decoded. */
  text(limit?: { maxBytes?: number | undefined }): Promise<string>;
  /** The same, parsed. Rejects with a SyntaxError where it is no JSON. */
  json(limit?: { maxBytes?: number | undefined }): Promise<any>;
  /** The same as bytes. */
  arrayBuffer(limit?: { maxBytes?: number | undefined }): Promise<ArrayBuffer>;
}

/**
 * A `fetch` over node:http and node:https, for option `fetch` and for requests of your own. No undici takes part: what a
 * peer sends or how it closes cannot end the process.
 *
 * - A redirect is never followed, but given back with its status. gzip, deflate and br are decoded; a body that ends
 *   early is an error, a whole one is whole, however the connection closes.
 * - Each address of a name is judged before it is connected to, and that very address is connected to: a name that leads
 *   to loopback or a private network is refused (`ADDRESS_REFUSED`) unless that is allowed, one that leads to link-local,
 *   metadata, multicast or reserved addresses always. A host that is spelled out (an address, `localhost`) is taken as
 *   the caller's own choice.
 * - Proxies are taken from `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in upper or lower case, at each request.
 *   A proxy resolves names itself: through one, addresses of names are not judged. `localhost` goes through it too, unless
 *   `NO_PROXY` names it.
 * - A name is looked up in the hosts file, then at the name servers, and where these do not know it by the system, which
 *   is asked about two names at a time, as such a look-up cannot be ended. What was found is kept for a minute.
 * - A connection is given up after 10 s, a silent server after 5 minutes, everything when `signal` says so. At most 16
 *   requests of one host and 256 in all are under way; idle connections never keep the process alive.
 *
 * The promise rejects with an Error that names the host, the address and port, and has the system's `code`
 * (`ECONNREFUSED`, `ENOTFOUND`, `ETIMEDOUT`, `DEPTH_ZERO_SELF_SIGNED_CERT`), or with the signal's reason.
 *
 * @throws TypeError with `.code` "OPTION_INVALID" naming the option, what it got and what it wants
 * @example
 * import { nodeFetch } from "dbsharing/http";
 *
 * const fetch = nodeFetch({ allowPrivateNetworks: true });
 * const response = await fetch("http://localhost:30017/nodes/my-task");
 * console.log(response.status, await response.json({ maxBytes: 1_000_000 }));
 */
export function nodeFetch(options?: NodeFetchOptions): (url: string | URL, init?: NodeFetchInit) => Promise<NodeFetchResponse>;
