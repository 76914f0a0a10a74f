// Bodies of answers under way: so many at a time, and none for those who take nothing of them.
import { MAX_READERS, MAX_WAITING_READERS, PLACE_TIMEOUT_MS, READER_STANDS_STILL_MS, READER_TIMEOUT_MS } from "./limits.js";
import { coded } from "./errors.js";
import { spokenDuration } from "./spoken.js";
import { after, elapsedMs } from "./timing.js";

export class AnswerReaders {
  #open = new Set();
  #waiting = new Set(); // the one that has waited for longest first
  #stopLooking;

  /** Whether one more may have to wait. */
  get areMany() {
    return this.#open.size >= MAX_READERS;
  }

  /**
   * A place for one more, as soon as there is one: one that is free, or that of the reader who has stood still for
   * longest. Who waits for it no longer, by `signal`, gets none.
   * @throws TOO_BUSY where there is none for a while, or more come than can wait
   */
  enter(signal) {
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject, signal };
      waiter.stopWaiting = after(PLACE_TIMEOUT_MS, () => this.#refuse(waiter), { keepsAlive: false });
      this.#waiting.add(waiter);
      this.#seat();
      if (this.#waiting.size > MAX_WAITING_READERS) this.#refuse([...this.#waiting][0]);
    });
  }

  #seat() {
    for (const waiter of this.#waiting) {
      if (waiter.signal?.aborted) this.#refuse(waiter);
      else if (this.areMany && !this.#makeRoom()) return this.#lookAgain();
      else this.#give(waiter);
    }
  }

  #give(waiter) {
    const reader = new Reader(() => this.#leave(reader));
    this.#open.add(reader);
    this.#end(waiter);
    waiter.resolve(reader);
  }

  #refuse(waiter) {
    this.#end(waiter);
    waiter.reject(coded("TOO_BUSY", "too many answers are being read from here at the same time; try again in a second"));
  }

  #end(waiter) {
    this.#waiting.delete(waiter);
    waiter.stopWaiting();
  }

  #leave(reader) {
    if (this.#open.delete(reader) && this.#waiting.size > 0) Promise.resolve().then(() => this.#seat());
  }

  #makeRoom() {
    const slowest = this.#slowest();
    if (elapsedMs() - slowest.sinceMs < READER_STANDS_STILL_MS) return false;
    slowest.end("others wait for its place");
    return true;
  }

  #slowest() {
    return [...this.#open].reduce((one, other) => (other.sinceMs < one.sinceMs ? other : one));
  }

  /** When the slowest will have stood still for long enough, if it goes on as it does. */
  #lookAgain() {
    this.#stopLooking?.();
    const { sinceMs } = this.#slowest();
    const leftMs = Number.isFinite(sinceMs) ? sinceMs - elapsedMs() + READER_STANDS_STILL_MS : READER_STANDS_STILL_MS;
    this.#stopLooking = after(Math.max(1, leftMs), () => this.#seat(), { keepsAlive: false });
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
    this.#controller.error(coded("BODY_CUT", `the body was cut, because nothing was taken from it and ${why}`));
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
    const tooLong = () => this.end(`${spokenDuration(ms)} have passed`);
    this.#stopWaiting = ms === undefined ? undefined : after(ms, tooLong, { keepsAlive: false });
  }
}
