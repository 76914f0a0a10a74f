// How long the event loop was held at a stretch.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

const RESOLUTION_MS = 1;
/** A timer's first turn only gives it a moment to count from, and its last one comes after what held it up. */
const SETTLING_MS = 5;
/** So long a loop is held on purpose. */
const KNOWN_STALL_MS = 50;

/** Watches a timer of one millisecond: a stall is how late it was. */
export class StallWatch {
  #histogram;

  async begin() {
    this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#histogram.enable();
    await sleep(SETTLING_MS);
  }

  /** The longest stall since `begin`, in milliseconds. The histogram's times hold the timer's own millisecond. */
  async end() {
    await sleep(SETTLING_MS);
    this.#histogram.disable();
    return Math.max(0, this.#histogram.max / 1e6 - RESOLUTION_MS);
  }
}

/**
 * What is measured of a loop that was held for 50 ms on purpose, which shows that the measure is right, and how much of
 * a processor it had meanwhile, which shows how busy the machine is.
 */
export async function knownStall() {
  const before = process.cpuUsage();
  const stallOf50Ms = await measuredStall(KNOWN_STALL_MS);
  const { user, system } = process.cpuUsage(before);
  return { stallOf50Ms, cpuOf50Ms: (user + system) / 1000 };
}

/** What is measured of a loop that was held for so long on purpose. */
export async function measuredStall(ms) {
  const watch = new StallWatch();
  await watch.begin();
  const began = performance.now();
  while (performance.now() - began < ms);
  return watch.end();
}
