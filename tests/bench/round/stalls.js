// How long the event loop was blocked without a break.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

const RESOLUTION_MS = 1;
/** The first tick of the timer is only its starting point, and the last one comes after what blocked it. */
const SETTLING_MS = 5;
/** How long the loop is blocked on purpose. */
const KNOWN_STALL_MS = 50;

/** Watches a timer of one millisecond: a stall is how late it was. */
export class StallWatch {
  #histogram;

  async begin() {
    this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#histogram.enable();
    await sleep(SETTLING_MS);
  }

  /** The longest stall since `begin`, in milliseconds. The times of the histogram include the millisecond of the timer. */
  async end() {
    await sleep(SETTLING_MS);
    this.#histogram.disable();
    return Math.max(0, this.#histogram.max / 1e6 - RESOLUTION_MS);
  }
}

/**
 * The measured stall of a loop that was blocked for 50 ms on purpose, which shows that the measure is right, and the processor
 * time that it had in the meantime, which shows how busy the machine is.
 */
export async function knownStall() {
  const before = process.cpuUsage();
  const stallOf50Ms = await measuredStall(KNOWN_STALL_MS);
  const { user, system } = process.cpuUsage(before);
  return { stallOf50Ms, cpuOf50Ms: (user + system) / 1000 };
}

/** The measured stall of a loop that is blocked for `ms` on purpose. */
export async function measuredStall(ms) {
  const watch = new StallWatch();
  await watch.begin();
  const began = performance.now();
  while (performance.now() - began < ms);
  return watch.end();
}
