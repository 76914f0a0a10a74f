// One peer's whole exchange: its requests and bodies, under one deadline that does not trust fetch to honour abort.
import { coded, isCoded, messageOf } from "./errors.js";
import { after } from "./timing.js";

/** Pieces of a body are handed to wasm in at most this length. */
const MAX_PIECE_BYTES = 256 * 1024;

/** The methods are those of `JsExchange` in src/wasm/host.rs. */
export class Exchange {
  #core;
  #fetch;
  #controller = new AbortController();
  #ended;
  #end;
  #stopTimer;
  #onClose;
  #isClosed = false;
  #cancels = [];

  constructor(core, { fetch, peerTimeoutMs }, onClose) {
    this.#core = core;
    this.#fetch = fetch;
    this.#onClose = onClose;
    this.#ended = new Promise((_, reject) => {
      this.#end = reject;
    });
    this.#ended.catch(() => {});
    this.#stopTimer = after(peerTimeoutMs, () => this.#endWith(coded("PEER_TIMEOUT", `longer than ${peerTimeoutMs} ms`)));
  }

  /** Ends the exchange from outside. */
  abort() {
    this.#endWith(coded("ABORTED", "the round was ended by stop() or by the signal"));
  }

  /** Sends a request, given as a Request; resolves with `{ status, type, etag, read }`. */
  fetch(request) {
    return this.#core.guard(this.#race(this.#send(request), "PEER_UNREACHABLE"));
  }

  /** The next piece of an answer's body; undefined at its end. */
  read(answer) {
    return this.#core.guard(this.#race(answer.read(), "BODY_CUT"));
  }

  /** Frees whatever is still open. */
  close() {
    this.#isClosed = true;
    this.#stopTimer();
    this.#onClose();
    for (const cancel of this.#cancels) cancel();
    this.#controller.abort();
  }

  #endWith(error) {
    this.#end(error);
    this.#controller.abort();
  }

  /** The promise, or the end of the exchange, whichever comes first; a failure of the promise gets this code. */
  #race(promise, code) {
    const failure = (error) => {
      throw isCoded(error) ? error : coded(code, messageOf(error), error);
    };
    return Promise.race([promise.catch(failure), this.#ended]);
  }

  async #send(request) {
    const fetch = this.#fetch ?? globalThis.fetch;
    if (typeof fetch !== "function") throw coded("PEER_UNREACHABLE", "this runtime has no fetch: give one as option fetch");
    const headers = Object.fromEntries(request.headers);
    const init = { method: "GET", headers, redirect: "manual", signal: this.#controller.signal };
    const response = await this.#tolerant(fetch, request.url, init);
    const body = pieces(response);
    const cancel = () => void body.return().catch(() => {});
    if (this.#isClosed) cancel();
    this.#cancels.push(cancel);
    return {
      status: response.status,
      type: response.type,
      etag: response.headers?.get?.("etag") ?? undefined,
      read: async () => (await body.next()).value,
    };
  }

  /** In a page a condition makes the browser ask first, which an old peer refuses; it is then asked without one. */
  async #tolerant(fetch, url, init) {
    try {
      return await fetch(url, init);
    } catch (error) {
      const isPage = typeof globalThis.document === "object" || typeof globalThis.importScripts === "function";
      if (!isPage || Object.keys(init.headers).length === 0 || init.signal.aborted) throw error;
      return fetch(url, { ...init, headers: {} });
    }
  }
}

/** A body as pieces of bounded length, whatever kind of stream this `fetch` gives. */
async function* pieces(response) {
  for await (const chunk of chunks(response)) {
    const bytes = bytesOf(chunk);
    for (let at = 0; at < bytes.length; at += MAX_PIECE_BYTES) yield bytes.subarray(at, at + MAX_PIECE_BYTES);
  }
}

async function* chunks(response) {
  const { body } = response;
  if (typeof body?.getReader === "function") {
    yield* readAll(body.getReader());
  } else if (typeof body?.[Symbol.asyncIterator] === "function") {
    yield* body;
  } else if (body !== null && typeof response.arrayBuffer === "function") {
    yield new Uint8Array(await response.arrayBuffer());
  }
}

async function* readAll(reader) {
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) yield value;
  } finally {
    // Of a body that is read to its end nothing is left to cancel.
    await reader.cancel();
  }
}

function bytesOf(chunk) {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk === "string") return new TextEncoder().encode(chunk);
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw coded("BODY_CUT", "the body gave something that is no bytes");
}
