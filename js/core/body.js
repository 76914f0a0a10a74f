// The body of an answer: read as it arrives, into a queue from which it is taken in pieces.
//
// A reader that pauses while the peer closes the connection ends the process on Node 22.23 and 24.21
// (nodejs/undici #5360), so the source is read without a pause, whether a piece is wanted or not.
import { bytesOfChunk, sourceOf } from "./body-source.js";
import { ByteQueue } from "./byte-queue.js";
import { coded } from "./errors.js";
import { callGuarded } from "./events.js";
import { waitingBytes } from "./waiting-bytes.js";

/** How much of a body may wait that can be paused: one whose response has `mayPause: true`, as nodeFetch's have. */
const PAUSED_FROM_BYTES = 1024 * 1024;

/** How much beyond the limit is kept, so that the reader's own count shows that there is more. */
const MAX_EXCESS_BYTES = 1;

export class Body {
  #response;
  #maxBytes;
  #isWanted;
  #waiting;
  #queue;
  #source;
  #receivedBytes = 0;
  #end; // how it ended: `{}`, or `{ error }`
  #isAtEnd = false;
  #onPiece;
  #onRoom;

  /**
   * Begins to read, and stops at `maxBytes`. A body that is not wanted is read as well and thrown away, so that its
   * connection can be used again.
   */
  constructor(response, { maxBytes, isWanted = true, waiting = waitingBytes }) {
    this.#response = response;
    this.#maxBytes = maxBytes;
    this.#isWanted = isWanted;
    this.#waiting = waiting;
    this.#queue = new ByteQueue();
    void this.#readOn();
  }

  /** Whether its source ended by itself, so that there is nothing left to free. */
  get isAtEnd() {
    return this.#isAtEnd;
  }

  /** How many bytes have arrived and were not taken. */
  get waitingBytes() {
    return this.#queue.length;
  }

  /** The next piece; undefined at the end. What arrived before a fault is returned before the fault is thrown. */
  async read() {
    while (this.#queue.length === 0 && !this.#end) {
      await new Promise((resolve) => {
        this.#onPiece = resolve;
      });
    }
    if (this.#queue.length > 0) return this.#piece();
    if (this.#end.error) throw this.#end.error;
    return undefined;
  }

  /** Stops reading and drops what waits; the reader gets the reason as an error. */
  cut(why) {
    this.#stop(coded("BODY_CROWDED", why));
    this.#drop();
  }

  /** Frees the body, even while a read hangs, and drops what waits of one that has ended. */
  cancel() {
    this.#stop(coded("ABORTED", "this body is no longer read"));
    this.#drop();
  }

  async #readOn() {
    try {
      this.#source = sourceOf(this.#response);
      while (!this.#end) {
        const { done, value } = await this.#source.next();
        if (done) this.#isAtEnd = true;
        if (done) this.#finish({});
        else if (!this.#end) this.#take(bytesOfChunk(value));
        if (this.#response.mayPause === true) await this.#room();
      }
    } catch (error) {
      this.#stop(error);
      this.#isAtEnd = true;
    }
  }

  #take(bytes) {
    this.#receivedBytes += bytes.length;
    const excess = this.#receivedBytes - this.#maxBytes;
    if (this.#isWanted) this.#keep(excess > MAX_EXCESS_BYTES ? bytes.subarray(0, MAX_EXCESS_BYTES - excess) : bytes);
    if (excess > 0) this.#stop(coded("BODY_CUT", `it is longer than ${this.#maxBytes} bytes`));
  }

  #keep(bytes) {
    this.#queue.push(bytes);
    this.#waiting.add(this, bytes.length);
    this.#onPiece?.();
  }

  #piece() {
    const piece = this.#queue.shift();
    this.#waiting.remove(this, piece.length);
    this.#onRoom?.();
    return piece;
  }

  /** Resolves when there is room for more, or the body has ended. */
  async #room() {
    while (!this.#end && this.#queue.length >= PAUSED_FROM_BYTES) {
      await new Promise((resolve) => {
        this.#onRoom = resolve;
      });
    }
  }

  #stop(error) {
    this.#finish({ error });
    if (this.#isAtEnd) return;
    callGuarded(() => (this.#source ? this.#source.cancel() : this.#response.body?.cancel?.()));
  }

  #finish(end) {
    this.#end ??= end;
    this.#onPiece?.();
    this.#onRoom?.();
  }

  #drop() {
    const bytes = this.#queue.length;
    this.#queue = new ByteQueue();
    this.#waiting.remove(this, bytes);
  }
}
