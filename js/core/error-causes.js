// The causes of errors that pass through the wasm, which keeps only the code and message of an error.

/** How many are kept: they are asked for soon. */
const MAX_CAUSES = 16;

export class ErrorCauses {
  #causes = new Map(); // message → cause; the newest last

  /** Keeps the cause of an error, if it has one; returns the error. */
  kept(error) {
    if (error.cause === undefined) return error;
    this.#causes.delete(error.message);
    this.#causes.set(error.message, error.cause);
    if (this.#causes.size > MAX_CAUSES) this.#causes.delete(this.#causes.keys().next().value);
    return error;
  }

  /** The cause of an error with this message; undefined if none was kept. */
  of({ message }) {
    return this.#causes.get(message);
  }
}
