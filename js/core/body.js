// The body of an answer: read on as it comes, into a queue from which it is taken in pieces.
//
// A reader that pauses while the peer closes the connection ends the process on Node 22.23 and 24.21
// (nodejs/undici #5360), so the source is read without a pause, whether somebody wants a piece or not.
import { bytesOfChunk, sourceOf } from "./body-source.js";
import { ByteQueue } from "./byte-queue.js";
import { coded } from "./errors.js";
import { callGuarded } from "./events.js";
import { waitingBytes } from "./waiting-bytes.js";

/** So much waits of a body that may be paused: one whose response says `mayPause: true`, as our own nodeFetch does. */
const PAUSED_FROM_BYTES = 1024 * 1024;

/** So much of what is beyond a limit is kept, for whoever counts to see that there is more. */
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
   * Begins to read. What is longer than `maxBytes` is read no further. A body that is not wanted is read all the same, so
   * that its connection can serve again, and thrown away.
   */
  constructor(response, { maxBytes, isWanted = true, waiting = waitingBytes }) {
    this.#response = response;
    this.#maxBytes = maxBytes;
    this.#isWanted = isWanted;
    this.#waiting = waiting;
    this.#queue = new ByteQueue();
    void this.#readOn();
  }

  /** Whether its source has come to an end by itself, so that nothing is left to be freed. */
  get isAtEnd() {
    return this.#isAtEnd;
  }

  /** How many bytes have come and were not taken. */
  get waitingBytes() {
    return this.#queue.length;
  }

  /** The next piece; undefined at the end. What had come before a fault is given before it is thrown. */
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

  /** Reads no further and drops what waits; whoever reads it is told why. */
  cut(why) {
    this.#stop(coded("BODY_CROWDED", why));
    this.#drop();
  }

  /** Frees the body, also one of which a read hangs, and what waits of one that came to its end. */
  cancel() {
    this.#stop(coded("ABORTED", "nobody reads this body any more"));
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

  /** Resolves when not too much waits, or it has ended. */
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
