// The answer to a request, with the parts of a Response that are used: a real one would load undici.
import { joined } from "../bytes.js";
import { coded } from "../errors.js";
import { reasonOf } from "./abortable.js";
import { codingsOf, decoded } from "./decoders.js";
import { described } from "./failures.js";

const MAX_WHOLE_BYTES = 64 * 1024 * 1024;
const WITHOUT_BODY = new Set([204, 205, 304]);

/** The response for a message of node:http. */
export function responseOf(message, { method, ...origin }, builtins) {
  const { statusCode: status, statusMessage: statusText } = message;
  const body = method === "HEAD" || WITHOUT_BODY.has(status) ? null : new NodeBody(message, origin, builtins);
  if (body === null) message.resume();
  const whole = async ({ maxBytes = MAX_WHOLE_BYTES } = {}) => (body === null ? new Uint8Array(0) : body.whole(maxBytes));
  const text = async (limit) => new TextDecoder().decode(await whole(limit));
  return {
    status,
    statusText,
    ok: status >= 200 && status < 300,
    type: "basic",
    url: origin.url.href,
    redirected: false,
    headers: headersOf(message),
    body,
    /** The connection waits while nothing is read. */
    mayPause: true,
    text,
    json: async (limit) => JSON.parse(await text(limit)),
    arrayBuffer: async (limit) => (await whole(limit)).buffer,
  };
}

function headersOf(message) {
  const values = new Map(Object.entries(message.headers).map(([name, value]) => [name, [value].flat().join(", ")]));
  return {
    get: (name) => values.get(String(name).toLowerCase()) ?? null,
    has: (name) => values.has(String(name).toLowerCase()),
    entries: () => values.entries(),
    [Symbol.iterator]: () => values.entries(),
  };
}

class NodeBody {
  #message;
  #origin;
  #pieces;
  #isTaken = false;
  #isCancelled = false;

  constructor(message, origin, builtins) {
    const codings = codingsOf(message.headers["content-encoding"]);
    this.#message = message;
    this.#origin = origin;
    this.#pieces = decoded(message, codings, builtins);
  }

  /** Frees the connection, even while a piece is waited for. */
  async cancel() {
    this.#isCancelled = true;
    this.#message.destroy();
  }

  [Symbol.asyncIterator]() {
    if (this.#isTaken) throw new TypeError(`the body of ${this.#origin.url.origin} was read before; it can be read once`);
    this.#isTaken = true;
    return {
      next: () => this.#next(),
      return: async (value) => {
        await this.cancel();
        return { done: true, value };
      },
    };
  }

  async whole(maxBytes) {
    const pieces = [];
    let bytes = 0;
    for await (const piece of this) {
      bytes += piece.length;
      if (bytes > maxBytes)
        throw coded("BODY_TOO_LARGE", `the body of ${this.#origin.url.origin} has more than ${maxBytes} bytes`);
      pieces.push(piece);
    }
    return joined(pieces);
  }

  async #next() {
    const { signal } = this.#origin;
    try {
      if (signal?.aborted) throw reasonOf(signal);
      return await this.#pieces.next();
    } catch (error) {
      if (this.#isCancelled) return { done: true, value: undefined };
      throw described(error, this.#origin);
    }
  }
}
