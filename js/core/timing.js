// Time, as the rest of js/ sees it. The functions are taken at load, so that fake timers of a test framework cannot
// stop a round.
const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, MessageChannel, performance, Date } = globalThis;

export { clearInterval, setInterval };

/** Milliseconds since some fixed moment. */
export const elapsedMs = performance ? () => performance.now() : () => Date.now();

/** Milliseconds since 1970. */
export const clockMs = () => Date.now();

/** Settles as the promise does, but rejects with `late()` when that takes longer than `ms`. */
export function within(promise, ms, late) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * Settles as `work(progress)` does, but rejects with `late()` when `ms` go by without a call of `progress`: one timer for
 * many short waits.
 */
export function withinEach(work, ms, late) {
  return new Promise((resolve, reject) => {
    let lastMs = elapsedMs();
    let timer = setTimeout(look, ms);
    function look() {
      const leftMs = lastMs + ms - elapsedMs();
      if (leftMs <= 0) reject(late());
      else timer = setTimeout(look, Math.max(leftMs, 1));
    }
    const progress = () => {
      lastMs = elapsedMs();
    };
    work(progress).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Calls back after `ms`; gives a function that prevents it. What waits so need not keep the process alive. */
export function after(ms, callback, { keepsAlive = true } = {}) {
  const timer = setTimeout(callback, ms);
  if (!keepsAlive) timer.unref?.();
  return () => clearTimeout(timer);
}

const waiting = [];

/** Resolves when it is the caller's turn: one caller for each turn of the event loop, first come, first served. */
export function turn() {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) nextTurnOfTheLoop(giveTurn);
  });
}

function giveTurn() {
  waiting[0]();
  waiting.shift();
  if (waiting.length > 0) nextTurnOfTheLoop(giveTurn);
}

let channel;

function nextTurnOfTheLoop(callback) {
  if (setImmediate) {
    setImmediate(callback);
  } else if (MessageChannel) {
    channel ??= new MessageChannel();
    channel.port1.onmessage = callback;
    channel.port2.postMessage(0);
  } else {
    setTimeout(callback, 0);
  }
}
