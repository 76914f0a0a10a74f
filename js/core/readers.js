// Bodies of answers under way: so many at a time, and none for those who take nothing of them.
import { MAX_READERS, READER_STANDS_STILL_MS, READER_TIMEOUT_MS } from "./limits.js";
import { coded } from "./errors.js";
import { after, elapsedMs } from "./timing.js";

export class Readers {
  #open = new Set();

  /**
   * A place for one more. Where all are taken, it is that of the reader who has stood still for longest.
   * @throws TOO_BUSY where none stands still
   */
  enter() {
    if (this.#open.size >= MAX_READERS) this.#makeRoom();
    const reader = new Reader(() => this.#open.delete(reader));
    this.#open.add(reader);
    return reader;
  }

  #makeRoom() {
    const slowest = [...this.#open].reduce((one, other) => (other.sinceMs < one.sinceMs ? other : one));
    if (elapsedMs() - slowest.sinceMs < READER_STANDS_STILL_MS) {
      throw coded("TOO_BUSY", "too many bodies are being read here; try again in a second");
    }
    slowest.end("others wait for its place");
  }
}

/** One who reads, or is about to. */
class Reader {
  #leave;
  #pages;
  #controller;
  #stopWaiting;

  constructor(leave) {
    this.#leave = leave;
    /** Since when nothing was taken, by `elapsedMs`; Infinity while something is being made for it. */
    this.sinceMs = Infinity;
  }

  /** The body that these pages make. */
  stream(pages) {
    this.#pages = pages;
    return new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#give(),
      cancel: () => this.leave(),
    });
  }

  /** Gives its place free, and what its pages hold open. */
  leave() {
    this.#wait(undefined);
    this.#pages?.close();
    this.#leave();
  }

  /** Cuts its body. */
  end(why) {
    this.leave();
    this.#controller.error(coded("BODY_CUT", `the body was cut, because nothing was taken of it and ${why}`));
  }

  async #give() {
    this.#wait(undefined);
    try {
      const page = await this.#pages.next();
      if (page === undefined) this.#close();
      else this.#enqueue(page);
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  #close() {
    this.leave();
    this.#controller.close();
  }

  #enqueue(page) {
    this.#wait(READER_TIMEOUT_MS);
    this.#controller.enqueue(page);
  }

  #wait(ms) {
    this.#stopWaiting?.();
    this.sinceMs = ms === undefined ? Infinity : elapsedMs();
    const tooLong = () => this.end(`${ms} ms have passed`);
    this.#stopWaiting = ms === undefined ? undefined : after(ms, tooLong, { keepsAlive: false });
  }
}
