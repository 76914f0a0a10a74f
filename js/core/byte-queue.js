// Bytes that wait to be taken. They are copied into a few blocks, so that the memory they take depends on their length, however
// small the pieces in which they arrived.

const MIN_BLOCK_BYTES = 4 * 1024;

/** The limit for the length of a block, and so of a piece that is taken. */
const MAX_BLOCK_BYTES = 64 * 1024;

export class ByteQueue {
  #blocks = []; // full ones, the oldest first
  #last = new Uint8Array(0);
  #from = 0; // where in the last block what waits begins …
  #to = 0; // … and ends
  #length = 0;

  /** How many bytes wait. */
  get length() {
    return this.#length;
  }

  /** Adds a copy of the bytes. */
  push(bytes) {
    for (let at = 0; at < bytes.length; ) {
      if (this.#to === this.#last.length) this.#beginBlock(bytes.length - at);
      const part = bytes.subarray(at, at + this.#last.length - this.#to);
      this.#last.set(part, this.#to);
      this.#to += part.length;
      at += part.length;
    }
    this.#length += bytes.length;
  }

  /** Takes the oldest bytes, one block of them; an empty piece if none wait. */
  shift() {
    const piece = this.#blocks.shift() ?? this.#takeLast();
    this.#length -= piece.length;
    return piece;
  }

  #beginBlock(wantedBytes) {
    if (this.#to > this.#from) this.#blocks.push(this.#takeLast());
    const bytes = Math.max(wantedBytes, this.#length, MIN_BLOCK_BYTES);
    this.#last = new Uint8Array(Math.min(bytes, MAX_BLOCK_BYTES));
    this.#from = 0;
    this.#to = 0;
  }

  #takeLast() {
    const piece = this.#last.subarray(this.#from, this.#to);
    this.#from = this.#to;
    return piece;
  }
}
