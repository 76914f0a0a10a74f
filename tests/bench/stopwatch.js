// Wall time and processor time of one piece of work, begun with no garbage of the one before.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

/** Runs `work` once, and again until so much time has passed, so that its code is compiled as well as it will be. */
export async function warmUp(ms, work) {
  const began = performance.now();
  do await work();
  while (performance.now() - began < ms);
}

/**
 * Runs `work` once: `{ result, time: { wallMs, cpuMs } }`. `begin` runs after the garbage is gone and before the clock
 * does.
 */
export async function measured(work, begin) {
  collectGarbage();
  await begin?.();
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  const result = await work();
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { result, time: { wallMs, cpuMs: (user + system) / 1000 } };
}

/** The median and the least of many times, for each of `count` things, in microseconds. */
export function perItem(times, count) {
  const sorted = (field) => times.map((time) => (time[field] * 1000) / count).sort((one, other) => one - other);
  const [wall, cpu] = [sorted("wallMs"), sorted("cpuMs").filter(Number.isFinite)];
  return { medianUs: median(wall), minUs: wall[0], cpuUs: cpu.length > 0 ? median(cpu) : undefined };
}

/** Of numbers in ascending order. */
export function median(sorted) {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
