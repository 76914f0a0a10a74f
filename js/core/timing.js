// Time, as the rest of js/ sees it. Its sources are taken at load, so that fake timers of a test framework cannot stop a
// round.
import { after, onNextTurn, real } from "./real-timers.js";

export { after };

const performance = real("performance");
const Date = real("Date") ?? globalThis.Date;
const { setInterval, clearInterval } = { setInterval: real("setInterval"), clearInterval: real("clearInterval") };

export { clearInterval, setInterval };

/** Milliseconds since some fixed moment. */
export const elapsedMs = typeof performance?.now === "function" ? performance.now.bind(performance) : () => Date.now();

/** Milliseconds since 1970. */
export const clockMs = () => Date.now();

/** Settles as the promise does, but rejects with `late()` when that takes longer than `ms`. */
export function within(promise, ms, late) {
  return new Promise((resolve, reject) => {
    const stop = after(ms, () => reject(late()));
    promise.then(resolve, reject).finally(stop);
  });
}

/**
 * Settles as `work(progress)` does, but rejects with `late()` when `ms` go by without a call of `progress`: one timer for
 * many short waits.
 */
export function withinEach(work, ms, late) {
  return new Promise((resolve, reject) => {
    let lastMs = elapsedMs();
    let stop = after(ms, look);
    function look() {
      const leftMs = lastMs + ms - elapsedMs();
      if (leftMs <= 0) reject(late());
      else stop = after(Math.max(leftMs, 1), look);
    }
    const progress = () => {
      lastMs = elapsedMs();
    };
    work(progress)
      .then(resolve, reject)
      .finally(() => stop());
  });
}

const waiting = [];

/** Resolves when it is the caller's turn: one caller for each turn of the event loop, first come, first served. */
export function turn() {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) onNextTurn(giveTurn);
  });
}

function giveTurn() {
  waiting[0]();
  waiting.shift();
  if (waiting.length > 0) onNextTurn(giveTurn);
}
