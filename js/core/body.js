// The body of an answer as pieces of bytes, whatever kind of body this `fetch` gives.
import { coded } from "./errors.js";
import { callGuarded } from "./events.js";

/** Pieces are at most this long. */
const MAX_PIECE_BYTES = 256 * 1024;

export class Body {
  #response;
  #source;
  #rest = new Uint8Array(0);
  #isAtEnd;

  constructor(response) {
    this.#response = response;
    this.#isAtEnd = response.body === null;
  }

  /** Whether all of it was read, so that nothing is left to be freed. */
  get isAtEnd() {
    return this.#isAtEnd;
  }

  /** The next piece; undefined at the end. */
  async read() {
    this.#source ??= sourceOf(this.#response);
    while (this.#rest.length === 0) {
      const { done, value } = await this.#source.next();
      if (done) {
        this.#isAtEnd = true;
        return undefined;
      }
      this.#rest = bytesOf(value);
    }
    const piece = this.#rest.subarray(0, MAX_PIECE_BYTES);
    this.#rest = this.#rest.subarray(MAX_PIECE_BYTES);
    return piece;
  }

  /** Frees the body, also one that was never read and one of which a read hangs. */
  cancel() {
    callGuarded(() => (this.#source ? this.#source.cancel() : this.#response.body?.cancel?.()));
  }
}

function sourceOf(response) {
  const { body } = response;
  if (typeof body?.getReader === "function") {
    const reader = body.getReader();
    return { next: () => reader.read(), cancel: () => reader.cancel() };
  }
  if (typeof body?.[Symbol.asyncIterator] === "function") {
    const iterator = body[Symbol.asyncIterator]();
    return { next: () => iterator.next(), cancel: () => iterator.return?.() };
  }
  const hasBytes = body !== null && typeof response.arrayBuffer === "function";
  const parts = hasBytes ? [() => response.arrayBuffer()] : [];
  return { next: async () => ({ done: parts.length === 0, value: await parts.pop()?.() }), cancel() {} };
}

function bytesOf(chunk) {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk === "string") return new TextEncoder().encode(chunk);
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw coded("BODY_CUT", "the body gave something that is no bytes");
}
