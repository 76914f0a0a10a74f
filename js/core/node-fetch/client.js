// Requests over node:http, each on a socket that was opened by a judged route.
import { asBytes } from "../bytes.js";
import { kindName } from "../kind-name.js";
import { reasonOf } from "./abortable.js";
import { basicAuthorization } from "./authorization.js";
import { placeOf } from "./connect.js";
import { described, located } from "./failures.js";
import { responseOf } from "./response.js";
import { Routes, hostOf } from "./routes.js";
import { Slots } from "./slots.js";

const MOST_REQUESTS = { most: 256, mostEach: 16 };
/** Servers close what idles for five seconds; it is better closed before. */
const IDLE_MS = 4000;
/** Without a signal, a server that says nothing for so long is given up. */
const SILENCE_MS = 300_000;

export class Client {
  #builtins;
  #options;
  #routes;
  #slots;
  #pool;
  #freshPool;

  constructor(builtins, options) {
    const Pool = poolOver(builtins.http.Agent);
    this.#builtins = builtins;
    this.#options = options;
    this.#slots = new Slots(MOST_REQUESTS);
    this.#routes = new Routes(builtins, options);
    this.#pool = new Pool({ keepAlive: true, timeout: IDLE_MS });
    this.#freshPool = new Pool({ keepAlive: false });
  }

  /** Resolves with a response as soon as its head is there; rejects with a sentence. */
  async fetch(given, said) {
    const url = urlOf(given);
    const init = { ...said, body: bytesOf(said?.body) };
    this.#allowManyListeners(init.signal);
    const release = await this.#slots.take(url.host, init.signal);
    try {
      return await this.#ask(url, init, release);
    } catch (error) {
      release();
      throw described(error, { url, signal: init.signal });
    }
  }

  async #ask(url, init, release) {
    const { method = "GET", signal, body, onSocket } = init;
    const options = { ...this.#optionsFor(url, init), method, headers: headersOf(url, init.headers, body) };
    Object.assign(options.headers, options.forwarded);
    const { message, place } = await this.#insist(options, { body, signal, onSocket, onClose: release });
    try {
      return responseOf(message, { url, method, place, signal }, this.#builtins);
    } catch (error) {
      message.destroy();
      throw located(error, place, signal);
    }
  }

  /** A server may close an idle connection at the moment at which it is used again: that is asked once more. */
  async #insist(options, exchange) {
    try {
      return await this.#send(options, exchange);
    } catch (error) {
      const isStale = exchange.wasReused && ["ECONNRESET", "EPIPE"].includes(error.code) && options.method === "GET";
      if (!isStale || exchange.signal?.aborted) throw error;
      return this.#send({ ...options, agent: this.#freshPool }, exchange);
    }
  }

  /** One signal may end many requests; Node 18 warns of more than ten. */
  #allowManyListeners(signal) {
    try {
      if (signal) this.#builtins.events.setMaxListeners(0, signal);
    } catch {
      // The signal of another realm, of which Node does not count listeners.
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

  /** Resolves with `{ message, place }`, where place is the address that answered. */
  #send(options, exchange) {
    const { body, signal, onClose, onSocket } = exchange;
    const { http, https } = this.#builtins;
    const scheme = options.protocol === "https:" ? https : http;
    return new Promise((resolve, reject) => {
      const request = scheme.request(options);
      let message;
      let place;
      const fail = (error) => {
        exchange.wasReused = request.reusedSocket;
        if (message === undefined) reject(located(error, place, signal));
        // What arrived whole is whole, and a body that the other side did not take says nothing of its answer.
        else if (!message.complete && error.code !== "EPIPE") message.destroy(error);
      };
      const onAbort = () => {
        reject(reasonOf(signal));
        message?.destroy(reasonOf(signal));
        request.destroy();
      };
      signal?.addEventListener("abort", onAbort);
      request.once("close", () => signal?.removeEventListener("abort", onAbort));
      request.once("socket", (socket) => {
        const note = () => (place = placeOf(socket.remoteAddress, socket.remotePort));
        if (socket.connecting) socket.once("connect", note);
        else note();
        onSocket?.(socket);
      });
      request.on("error", fail);
      request.once("timeout", () => request.destroy(new Error(`it has said nothing for ${SILENCE_MS / 1000} s`)));
      request.once("upgrade", (_, socket) => {
        socket.destroy();
        fail(new Error("it answered by switching to another protocol"));
      });
      request.once("response", (answer) => {
        message = answer;
        message.on("error", () => {}); // whoever reads is told by the body
        request.once("close", onClose);
        resolve({ message, place });
      });
      request.end(body);
    });
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

/** An Agent whose sockets come from routes: who may share them, and how they are opened. */
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
