import type { Agent, IncomingMessage, ServerResponse } from "node:http";
import type { Sharing } from "./types/sharing.js";

/** Answers one request; its promise never rejects. */
export type NodeHandler = (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void) => Promise<void>;

/**
 * Returns a request listener for node:http, which is also a middleware for Express 4 and 5, and answers what `sharing.handle`
 * answers. A request that is not for it goes on to `next()` with its body unread, or gets 404 if there is no `next`. An error
 * goes to `next(error)`, or is answered with 500.
 *
 * It may be mounted at any path. A body that a parser has already read is taken from `req.body`; any other is read up to 1 MiB
 * and 16 KiB, and beyond that answered with 413. A body that was read and is not in `req.body` is answered with 400,
 * `BODY_UNREADABLE`: in Koa set `ctx.req.body = ctx.request.body`, in Fastify `request.raw.body = request.body`.
 *
 * A reader that takes nothing for 30 seconds is cut off. From one public address, at most 8 bodies of records are read and 64
 * posted at the same time; beyond that, requests are answered with 429, `TOO_BUSY`. HEAD, 304, sums and short texts do not count.
 * `x-forwarded-for` is ignored, so behind a proxy only the limits of `handle` apply.
 *
 * @throws {ShareError} a TypeError with the code `OPTION_INVALID` if `sharing` is not what `createSharing` returns
 * @throws TypeError if this runtime has no global Request or Response
 * @example
 * app.use(nodeHandler(sharing));               // Express 4 and 5
 * http.createServer(nodeHandler(sharing));     // node:http
 */
export function nodeHandler(sharing: Pick<Sharing, "handle">): NodeHandler;

/** Looks up the addresses of a name, like `dns.lookup`. What it throws fails only this look-up. */
export type NodeFetchLookup = (
  hostname: string,
  options: { all: true; verbatim: true },
  callback: (error: Error | null, addresses: string | { address: string; family: number }[]) => void,
) => unknown;

/** The options of `nodeFetch`. */
export interface NodeFetchOptions {
  /** Certificates of authorities to trust instead of those that Node knows: the PEM text itself, not the path of a file. */
  ca?: string | Uint8Array | (string | Uint8Array)[] | undefined;
  /**
   * Your own `http.Agent` or `https.Agent`, or a function that returns one for a URL. It is used unchanged, with a `lookup`
   * that checks addresses; it has to deal with the environment's proxies itself.
   */
  agent?: Agent | ((url: URL) => Agent) | undefined;
  /** Looks up all names in place of the built-in look-up; like `dns.lookup`, called with `{ all: true }`. */
  lookup?: NodeFetchLookup | undefined;
  /**
   * Whether a name may lead to a private or loopback address. Default: what the request says (in a round, the result of option
   * `allowPrivateNetworks` of `createSharing`), otherwise `false`.
   */
  allowPrivateNetworks?: boolean | undefined;
}

/** The options of one request; all others are ignored. */
export interface NodeFetchInit {
  /** The method. Default: `"GET"`. */
  method?: string | undefined;
  /** Header values by name, in upper or lower case. Headers left out have suitable defaults. */
  headers?: Record<string, string> | Iterable<[string, string]> | undefined;
  /** The body, if there is one. */
  body?: string | Uint8Array | ArrayBuffer | null | undefined;
  /** Ends the request, its connection and its body. */
  signal?: AbortSignal | undefined;
  /** Like the option with this name, for this request only. */
  allowPrivateNetworks?: boolean | undefined;
}

/** The headers of a response. */
export interface NodeFetchHeaders extends Iterable<[string, string]> {
  /** Returns the value of a header, its name in upper or lower case; several values joined by commas; null if there is none. */
  get(name: string): string | null;
  /** Returns whether there is such a header. */
  has(name: string): boolean;
  /** Returns all headers, the names in lower case. */
  entries(): IterableIterator<[string, string]>;
}

/** The body of a response. It can be read once. */
export interface NodeFetchBody extends AsyncIterable<Uint8Array> {
  /** Frees the connection, however much was read; a read that is waiting for a chunk ends. */
  cancel(): Promise<void>;
}

/** A response: the members of the platform's `Response` that need no undici. */
export interface NodeFetchResponse {
  /** The HTTP status. */
  readonly status: number;
  /** The text of the status line. */
  readonly statusText: string;
  /** Whether the status is between 200 and 299. */
  readonly ok: boolean;
  /** As in the platform's `Response`. */
  readonly type: "basic";
  /** The url that was requested. */
  readonly url: string;
  /** Always `false`: redirects are not followed. */
  readonly redirected: false;
  /** The headers. */
  readonly headers: NodeFetchHeaders;
  /**
   * The decoded body, in chunks; null if the status or the method allows none. The connection waits for the reader: read the
   * body to its end or cancel it, because its connection stays in use until then.
   */
  readonly body: NodeFetchBody | null;
  /** Always `true`: a reader may pause for as long as it likes. */
  readonly mayPause: true;
  /** Resolves to the whole body. Rejects with `BODY_TOO_LARGE` beyond `maxBytes` of decoded bytes. Default: 64 MiB. */
  text(limit?: { maxBytes?: number | undefined }): Promise<string>;
  /** Resolves to the parsed body, within the same limit. Rejects with a SyntaxError if it is not JSON. */
  json(limit?: { maxBytes?: number | undefined }): Promise<any>;
  /** Resolves to the body's bytes, within the same limit. */
  arrayBuffer(limit?: { maxBytes?: number | undefined }): Promise<ArrayBuffer>;
}

/**
 * Returns a `fetch` over node:http and node:https, for option `fetch` and for your own requests. It does not use undici:
 * nothing that a peer sends, and no way of closing a connection, can end the process.
 *
 * - Redirects are not followed; the response has the redirect's status. gzip, deflate and br are decoded. A body that ends early
 *   is an error, and a complete body is complete, however the connection closes.
 * - Each address of a name is checked before it is connected to, and exactly that address is connected to. A name that leads to
 *   a loopback or private address is refused (`ADDRESS_REFUSED`) unless that is allowed; a name that leads to a link-local,
 *   metadata, multicast or reserved address is always refused. A host given literally (an address, `localhost`) is taken as
 *   the caller's choice.
 * - Proxies are read from `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in upper or lower case, at each request. A
 *   proxy resolves names itself, so the addresses of names are not checked then. `localhost` goes through the proxy too, unless
 *   `NO_PROXY` names it.
 * - A name is looked up in the hosts file, then at the name servers, and then by the operating system, for about two names at a
 *   time, because such a look-up cannot be cancelled. Results are kept for a minute.
 * - Connecting is given up after 10 seconds, a silent server after 5 minutes, and everything when `signal` aborts. At most 16
 *   requests to one host and 256 in total are under way; idle connections never keep the process alive.
 *
 * The promise rejects with an Error that names the host, the address and port, and has the system's `code` (`ECONNREFUSED`,
 * `ENOTFOUND`, `ETIMEDOUT`, `DEPTH_ZERO_SELF_SIGNED_CERT`), or with the signal's reason.
 *
 * @throws {ShareError} a TypeError with the code `OPTION_INVALID`; the message names the option, what was given and what is
 * wanted
 * @example
 * import { nodeFetch } from "dbsharing/http";
 *
 * const fetch = nodeFetch({ allowPrivateNetworks: true });
 * const response = await fetch("http://localhost:30017/nodes/my-task");
 * console.log(response.status, await response.json({ maxBytes: 1_000_000 }));
 */
export function nodeFetch(options?: NodeFetchOptions): (url: string | URL, init?: NodeFetchInit) => Promise<NodeFetchResponse>;
