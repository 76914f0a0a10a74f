// Work that ends when a signal says so, and frees what it opened.
import { after } from "../timing.js";

/**
 * A promise of what `begin(resolve, reject)` settles it with, or that rejects with the signal's reason. What `begin` gives
 * back is called once that signal, and nothing else, has settled it.
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

/** Does `work(signal)` under a signal of its own, which follows the given one and also ends after `ms`, with `late()`. */
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

/** Why a signal was aborted. Not every realm's signals say. */
export function reasonOf(signal) {
  return signal.reason ?? Object.assign(new Error("the request was aborted"), { name: "AbortError" });
}
