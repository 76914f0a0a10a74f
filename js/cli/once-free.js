// What another process still holds when a node starts: the one that a supervisor is about to replace may be stopping.

import { setTimeout as delay } from "node:timers/promises";

const WAIT_MS = 10_000;
const RETRY_MS = 200;

/**
 * What `take()` gives. While it fails with what `isTaken` is true of, it is tried again, for ten seconds; `onWaiting` is called
 * once. Undefined where `stopped` has resolved meanwhile.
 */
export async function onceFree(take, { isTaken, onWaiting, stopped }) {
  const untilMs = performance.now() + WAIT_MS;
  const stop = stopped.then(() => true);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await take();
    } catch (fault) {
      if (!isTaken(fault) || performance.now() > untilMs) throw fault;
    }
    if (attempt === 1) onWaiting();
    if (await Promise.race([stop, delay(RETRY_MS, false)])) return undefined;
  }
}
