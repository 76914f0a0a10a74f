// What has arrived of all bodies and waits to be judged, over all peers of every Sharing of this copy of the package: it
// is bounded, and the body that has most of it is cut, because to stop reading would be worse (nodejs/undici #5360).

/** So many bytes may wait. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

export class WaitingBytes {
  #maxBytes;
  #bytes = 0;
  #bodies = new Set();

  constructor(maxBytes = MAX_WAITING_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Notes that this many more bytes wait in a body, which has `waitingBytes` and `cut(why)`. */
  add(body, bytes) {
    this.#bodies.add(body);
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes) this.#largest().cut(`more than ${this.#maxInWords()} waited to be judged`);
  }

  /** Notes that this many bytes of a body wait no longer. */
  remove(body, bytes) {
    this.#bytes -= bytes;
    if (body.waitingBytes === 0) this.#bodies.delete(body);
  }

  #largest() {
    return [...this.#bodies].reduce((one, other) => (other.waitingBytes > one.waitingBytes ? other : one));
  }

  #maxInWords() {
    const mebibytes = this.#maxBytes / 1024 / 1024;
    return mebibytes >= 1 ? `${mebibytes} MiB` : `${this.#maxBytes} bytes`;
  }
}

/** One for each copy of this package, as there is one wasm instance for each. */
export const waitingBytes = new WaitingBytes();
