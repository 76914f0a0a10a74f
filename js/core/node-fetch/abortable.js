// Work that ends when a signal aborts, and frees what it opened.
import { after } from "../timing.js";

/**
 * Returns a promise that `begin(resolve, reject)` settles, or that rejects with the signal's reason. `begin` may return a
 * function that frees what it opened: it is called only if the signal ends the work.
 */
export function abortable(signal, begin) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw reasonOf(signal);
    let free;
    const onAbort = () => {
      reject(reasonOf(signal));
      free?.();
    };
    const settle = (how) => (value) => {
      signal?.removeEventListener("abort", onAbort);
      how(value);
    };
    signal?.addEventListener("abort", onAbort);
    try {
      free = begin(settle(resolve), settle(reject));
    } catch (error) {
      settle(reject)(error);
    }
  });
}

/** Runs `work(signal)` with a signal of its own, which aborts with the given one, or after `ms` with the reason `late()`. */
export async function limited(signal, ms, late, work) {
  const controller = new AbortController();
  const follow = () => controller.abort(reasonOf(signal));
  const stopTimer = after(ms, () => controller.abort(late()));
  if (signal?.aborted) follow();
  signal?.addEventListener("abort", follow);
  try {
    return await work(controller.signal);
  } finally {
    stopTimer();
    signal?.removeEventListener("abort", follow);
  }
}

/** Why a signal was aborted. The signals of some realms have no reason. */
export function reasonOf(signal) {
  return signal.reason ?? Object.assign(new Error("the request was aborted"), { name: "AbortError" });
}
