// Limits how much runs at the same time: for one name, such as a host, and in total.
import { abortable } from "./abortable.js";

export class ConcurrencyLimit {
  #max;
  #maxEach;
  #running = 0;
  #runningByName = new Map();
  #waiting = [];

  constructor({ max, maxEach }) {
    this.#max = max;
    this.#maxEach = maxEach;
  }

  /** Resolves, once there is room for `name`, to a function to call when it is over; first come, first served. */
  enter(name, signal) {
    return abortable(signal, (resolve) => {
      const waiter = { name, resolve };
      this.#waiting.push(waiter);
      this.#admit();
      return () => {
        const at = this.#waiting.indexOf(waiter);
        if (at !== -1) this.#waiting.splice(at, 1);
      };
    });
  }

  #admit() {
    const hasRoom = ({ name }) => this.#running < this.#max && (this.#runningByName.get(name) ?? 0) < this.#maxEach;
    for (let at = this.#waiting.findIndex(hasRoom); at !== -1; at = this.#waiting.findIndex(hasRoom)) {
      const [{ name, resolve }] = this.#waiting.splice(at, 1);
      this.#count(name, 1);
      let isOver = false;
      resolve(() => {
        if (isOver) return;
        isOver = true;
        this.#count(name, -1);
        this.#admit();
      });
    }
  }

  #count(name, change) {
    this.#running += change;
    const left = (this.#runningByName.get(name) ?? 0) + change;
    if (left === 0) this.#runningByName.delete(name);
    else this.#runningByName.set(name, left);
  }
}
