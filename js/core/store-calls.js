// How a ready-made store calls its database: each call that fails rejects with one sentence, none begins once the store is
// closed, and closing waits for the changes under way.

import { messageOf } from "./errors.js";

const CLOSED = "this store is closed";

export class StoreCalls {
  #store;
  #run;
  #reasonOf;
  #changes = new Set();
  #isClosed = false;

  /**
   * @param {string} store the name of the function that makes the store
   * @param {object} [how]
   * @param {(work: () => unknown) => unknown} [how.run] does the work of one call; default at once
   * @param {(cause: unknown) => string} [how.reasonOf] why a call failed, in words
   */
  constructor(store, { run = (work) => work(), reasonOf = messageOf } = {}) {
    this.#store = store;
    this.#run = run;
    this.#reasonOf = reasonOf;
  }

  get isClosed() {
    return this.#isClosed;
  }

  /** Does `work`, which only reads. `what` completes "could not …": "read 1 key". */
  async attempt(what, work) {
    if (this.#isClosed) throw this.#failure(what, CLOSED);
    try {
      return await this.#run(work);
    } catch (cause) {
      throw this.#failure(what, this.#reasonOf(cause), { cause });
    }
  }

  /** Does `work`, which changes the database: `close` waits for it. */
  change(what, work) {
    const change = this.attempt(what, work);
    const ended = change.then(ignore, ignore).then(() => this.#changes.delete(ended));
    this.#changes.add(ended);
    return change;
  }

  /** Refuses further calls; resolves when the changes under way have ended. */
  async close() {
    this.#isClosed = true;
    await Promise.all(this.#changes);
  }

  #failure(what, reason, options) {
    return new Error(`${this.#store} could not ${what}: ${reason}`, options);
  }
}

function ignore() {}
