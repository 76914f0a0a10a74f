// Requests over node:http, each on a socket whose route was checked.
import { asBytes } from "../bytes.js";
import { kindName } from "../kind-name.js";
import { basicAuthorization } from "./authorization.js";
import { ConcurrencyLimit } from "./concurrency-limit.js";
import { described, located } from "./failures.js";
import { responseOf } from "./response.js";
import { Routes, hostOf } from "./routes.js";
import { SILENCE_MS, sendRequest } from "./sending.js";

/** How many requests are under way at the same time, in total and to each host. */
const REQUEST_LIMIT = { max: 256, maxEach: 16 };
/** Servers close connections that idle for five seconds: these are closed earlier. */
const IDLE_MS = 4000;

export class Client {
  #builtins;
  #options;
  #routes;
  #limit;
  #pool;
  #freshPool;

  constructor(builtins, options) {
    const Pool = poolOver(builtins.http.Agent);
    this.#builtins = builtins;
    this.#options = options;
    this.#limit = new ConcurrencyLimit(REQUEST_LIMIT);
    this.#routes = new Routes(builtins, options);
    this.#pool = new Pool({ keepAlive: true, timeout: IDLE_MS });
    this.#freshPool = new Pool({ keepAlive: false });
  }

  /** Resolves to a response as soon as its head has arrived; rejects with a sentence. */
  async fetch(givenUrl, givenInit) {
    const url = urlOf(givenUrl);
    const init = { ...givenInit, body: bytesOf(givenInit?.body) };
    this.#allowManyListeners(init.signal);
    const leave = await this.#limit.enter(url.host, init.signal);
    try {
      return await this.#ask(url, init, leave);
    } catch (error) {
      leave();
      throw described(error, { url, signal: init.signal });
    }
  }

  async #ask(url, init, leave) {
    const { method = "GET", signal, body, onSocket } = init;
    const options = { ...this.#optionsFor(url, init), method, headers: headersOf(url, init.headers, body) };
    Object.assign(options.headers, options.forwarded);
    const { message, place } = await this.#sendOrRepeat(options, { body, signal, onSocket, onClose: leave });
    try {
      return responseOf(message, { url, method, place, signal }, this.#builtins);
    } catch (error) {
      message.destroy();
      throw located(error, place, signal);
    }
  }

  /** A server may close an idle connection just when it is used again: then the request is sent once more. */
  async #sendOrRepeat(options, call) {
    try {
      return await this.#send(options, call);
    } catch (error) {
      const isStale = call.wasReused && ["ECONNRESET", "EPIPE"].includes(error.code) && options.method === "GET";
      if (!isStale || call.signal?.aborted) throw error;
      return this.#send({ ...options, agent: this.#freshPool }, call);
    }
  }

  #send(options, call) {
    const { http, https } = this.#builtins;
    return sendRequest(options.protocol === "https:" ? https : http, options, call);
  }

  /** One signal may end many requests; Node 18 warns of more than ten listeners. */
  #allowManyListeners(signal) {
    try {
      if (signal) this.#builtins.events.setMaxListeners(0, signal);
    } catch {
      // A signal of another realm: Node does not count its listeners.
    }
  }

  #optionsFor(url, { allowPrivateNetworks, signal }) {
    const { agent, ca, allowPrivateNetworks: always } = this.#options;
    const allowsPrivate = always ?? allowPrivateNetworks === true;
    const hostname = hostOf(url);
    const path = url.pathname + url.search;
    const common = { insecureHTTPParser: false, timeout: SILENCE_MS, hostname, port: url.port, path };
    if (agent !== undefined) {
      const lookup = this.#routes.lookup(allowsPrivate, signal);
      return { ...common, agent: typeof agent === "function" ? agent(url) : agent, protocol: url.protocol, lookup, ca };
    }
    const { name, proxy, open } = this.#routes.to(url, allowsPrivate);
    const isForwarded = proxy !== undefined && url.protocol === "http:";
    return {
      ...common,
      agent: this.#pool,
      route: { name, open: () => open(signal) },
      ...(isForwarded ? { path: url.origin + path, forwarded: proxy.headers } : {}),
    };
  }
}

function bytesOf(body) {
  if (body === undefined || body === null) return undefined;
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : asBytes(body);
  if (bytes !== undefined) return bytes;
  throw Object.assign(new TypeError(`the body is ${kindName(body)}; wanted a string or bytes`), { code: "OPTION_INVALID" });
}

function urlOf(given) {
  const url = new URL(given);
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  throw Object.assign(new TypeError(`the url begins with ${url.protocol}; wanted http: or https:`), { code: "OPTION_INVALID" });
}

/** An Agent whose sockets come from routes, which say who may share a socket and open it. */
const poolOver = (Agent) =>
  class extends Agent {
    getName({ route }) {
      return route.name;
    }

    createConnection({ route }, callback) {
      route.open().then((socket) => callback(null, socket), callback);
    }
  };

function headersOf(url, given = {}, body) {
  const pairs = typeof given[Symbol.iterator] === "function" ? [...given] : Object.entries(given);
  const authorization = basicAuthorization(url);
  return {
    host: url.host,
    accept: "*/*",
    "accept-encoding": "gzip, deflate, br",
    "user-agent": "dbsharing",
    ...(authorization === undefined ? {} : { authorization }),
    ...Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value])),
    ...(body === undefined ? {} : { "content-length": body.length }),
  };
}
