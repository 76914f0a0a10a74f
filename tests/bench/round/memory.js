// The peak of the memory of a process while it does something.

/** Memory is released late, so what was allocated in a stall is still seen after it. */
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

  /** The peak since `begin`, and how much of it was added since then. */
  end() {
    clearInterval(this.#timer);
    this.#look();
    return { peakMb: this.#most / MB, addedMb: (this.#most - this.#before) / MB };
  }

  #look() {
    this.#most = Math.max(this.#most, process.memoryUsage.rss());
  }
}
