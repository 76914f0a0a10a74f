// How many requests are under way at once: for one host, and in all.
import { abortable } from "./abortable.js";

export class Slots {
  #most;
  #mostEach;
  #taken = 0;
  #takenBy = new Map();
  #waiting = [];

  constructor({ most, mostEach }) {
    this.#most = most;
    this.#mostEach = mostEach;
  }

  /** Resolves with a function that gives the slot back, once there is one for `name`; first come, first served. */
  take(name, signal) {
    return abortable(signal, (resolve) => {
      const waiter = { name, resolve };
      this.#waiting.push(waiter);
      this.#serve();
      return () => {
        const at = this.#waiting.indexOf(waiter);
        if (at !== -1) this.#waiting.splice(at, 1);
      };
    });
  }

  #serve() {
    const isFree = ({ name }) => this.#taken < this.#most && (this.#takenBy.get(name) ?? 0) < this.#mostEach;
    for (let at = this.#waiting.findIndex(isFree); at !== -1; at = this.#waiting.findIndex(isFree)) {
      const [{ name, resolve }] = this.#waiting.splice(at, 1);
      this.#count(name, 1);
      let isHeld = true;
      resolve(() => {
        if (!isHeld) return;
        isHeld = false;
        this.#count(name, -1);
        this.#serve();
      });
    }
  }

  #count(name, change) {
    this.#taken += change;
    const left = (this.#takenBy.get(name) ?? 0) + change;
    if (left === 0) this.#takenBy.delete(name);
    else this.#takenBy.set(name, left);
  }
}
