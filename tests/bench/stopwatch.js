// Wall time and processor time of one piece of work, which starts without the garbage of the one before.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

/** Runs `work` at least once, until `ms` have passed, so that its code is fully compiled. */
export async function warmUp(ms, work) {
  const began = performance.now();
  do await work();
  while (performance.now() - began < ms);
}

/**
 * Runs `work` once: `{ result, time: { wallMs, cpuMs } }`. `begin` runs after the garbage collection and before the clock
 * starts.
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

/** The medians and quartiles of many times, and the least of them, per item of `count`, in microseconds. */
export function perItem(times, count) {
  const sorted = (field) => times.map((time) => (time[field] * 1000) / count).sort((one, other) => one - other);
  const [wall, cpu] = [sorted("wallMs"), sorted("cpuMs").filter(Number.isFinite)];
  const ofWall = { medianUs: median(wall), spreadUs: quartiles(wall), minUs: wall[0] };
  return cpu.length > 0 ? { ...ofWall, cpuUs: median(cpu), cpuSpreadUs: quartiles(cpu) } : ofWall;
}

/** The first and the third quartile of numbers in ascending order, which are called their spread. */
export function quartiles(sorted) {
  return [1 / 4, 3 / 4].map((share) => {
    const place = (sorted.length - 1) * share;
    const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return below + (above - below) * (place % 1);
  });
}

/** Of numbers in ascending order. */
export function median(sorted) {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
