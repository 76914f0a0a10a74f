// A row: the figures of one contender in one scenario, as medians over all runs, with their spreads.
import { median, quartiles } from "../stopwatch.js";

const FIGURES = ["wallMs", "cpuMs", "bytes", "stallMs"];

/** The median of each figure is under its name, and its quartiles are in `spreads`. */
export function rowOf({ scenario, id, turns }) {
  const ascending = (name) => turns.map((turn) => turn[name]).sort((one, other) => one - other);
  return {
    scenario,
    id,
    turns: turns.length,
    ...Object.fromEntries(FIGURES.map((name) => [name, median(ascending(name))])),
    spreads: Object.fromEntries(FIGURES.map((name) => [name, quartiles(ascending(name))])),
    worstStallMs: ascending("stallMs").at(-1),
  };
}
