// The timers of the runtime, even if a test framework replaced them before the package was loaded: replaced timers stand
// still until the test moves them, and nothing here may wait for that.

/** A global as the runtime made it; undefined if that is unknown, or if the runtime has none or forbids it. */
export function real(name) {
  try {
    const given = globalThis[name];
    if (given?.clock) return given.clock[`_${name}`]; // sinon, jest and vitest keep what was there
    const isMock = given?._isMockFunction === true || /^bound #/.test(given?.name); // those of old jest and of node:test
    return isMock ? undefined : given;
  } catch {
    return undefined; // edge runtimes forbid by throwing
  }
}

const setTimeout = real("setTimeout");
const clearTimeout = real("clearTimeout");
const setImmediate = real("setImmediate");
const MessageChannel = real("MessageChannel");
const canWait = typeof globalThis.Atomics?.waitAsync === "function" && typeof globalThis.SharedArrayBuffer === "function";

/** Whether time can be waited for. */
export const hasTimers = typeof setTimeout === "function" || canWait;

/**
 * Calls back after `ms`; returns a function that prevents it. Waiting keeps the process alive, unless the third argument
 * is `{ keepsAlive: false }`.
 */
export const after = typeof setTimeout === "function" ? afterTimeout : canWait ? afterWait : never;

function afterTimeout(ms, callback, { keepsAlive = true } = {}) {
  const timer = setTimeout(callback, ms);
  if (!keepsAlive) timer.unref?.();
  return () => clearTimeout(timer);
}

/** Nothing wakes this wait: it ends when its time is over. */
function afterWait(ms, callback) {
  let isWanted = true;
  const wait = Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.max(ms, 1));
  void wait.value.then(() => isWanted && callback());
  return () => {
    isWanted = false;
  };
}

function never() {
  return () => {};
}

/** Calls back on the next turn of the event loop, or soon if that is not possible. */
export function onNextTurn(callback) {
  for (const way of waysToNextTurn) {
    try {
      return way(callback);
    } catch {
      // The next way.
    }
  }
}

const waysToNextTurn = [
  ...(typeof setImmediate === "function" ? [(callback) => void setImmediate(callback)] : []),
  ...(typeof MessageChannel === "function" ? [afterMessage] : []),
  ...(hasTimers ? [(callback) => void after(0, callback)] : []),
  (callback) => void Promise.resolve().then(callback),
];

let channel;

/** For one callback at a time. In Node a pending message keeps the process alive, an open port does not. */
function afterMessage(callback) {
  channel ??= new MessageChannel();
  const { port1, port2 } = channel;
  port1.onmessage = () => {
    port1.unref?.();
    callback();
  };
  port1.ref?.();
  port2.postMessage(0);
}
