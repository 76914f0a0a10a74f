// How much memory a process has at most while it does something.

/** Memory is given back late, so what was taken in a stall is still seen after it. */
const LOOK_MS = 5;
const MB = 1024 * 1024;

export class MemoryWatch {
  #before;
  #most;
  #timer;

  begin() {
    this.#before = this.#most = process.memoryUsage.rss();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** The most since `begin`, and how much of it came on top of what there was. */
  end() {
    clearInterval(this.#timer);
    this.#look();
    return { peakMb: this.#most / MB, addedMb: (this.#most - this.#before) / MB };
  }

  #look() {
    this.#most = Math.max(this.#most, process.memoryUsage.rss());
  }
}
