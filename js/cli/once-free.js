// Waits for what another process still uses when a node starts: the process that a supervisor replaces may still be stopping.

import { setTimeout as delay } from "node:timers/promises";

const WAIT_MS = 10_000;
const RETRY_MS = 200;

/**
 * Resolves with what `take()` resolves with. While that fails and `isTaken(error)` is true, it is tried again, for at most
 * `WAIT_MS`; `onWaiting` is called after the first failure. Resolves with undefined if `stopped` resolves in the meantime.
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
