// The causes of errors that go by way of the wasm, which knows of an error no more than its code and message.

/** How many are kept: whoever asks does so soon. */
const MAX_CAUSES = 16;

export class ErrorCauses {
  #causes = new Map(); // message → cause; the one that was kept last is the last one

  /** Keeps the cause of an error, if it has one; gives the error. */
  kept(error) {
    if (error.cause === undefined) return error;
    this.#causes.delete(error.message);
    this.#causes.set(error.message, error.cause);
    if (this.#causes.size > MAX_CAUSES) this.#causes.delete(this.#causes.keys().next().value);
    return error;
  }

  /** What was kept for an error of this message; undefined for nothing. */
  of({ message }) {
    return this.#causes.get(message);
  }
}
