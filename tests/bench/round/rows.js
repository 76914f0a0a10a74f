// A row: what one contender took in one scenario, as medians over all passes and turns, with their spreads.
import { median, quartiles } from "../stopwatch.js";
import { contenders } from "./contenders.js";
import { countOf } from "./scenarios.js";

const TIMES = [
  "wallMs",
  "cpuMs",
  "stallMs",
  "httpWallMs",
  "httpCpuMs",
  "httpStallMs",
  "createMs",
  "firstFetchStallMs",
  "storeReadsMs",
];
const MEMORY = ["peakMb", "addedMb", "httpPeakMb", "httpAddedMb"];
const COUNTS = ["bytes", "httpBytes", "requests", "verifications", "storeReads"];

/** Of each figure its median is under the figure's name, and its quartiles are in `spreads`. */
export function rowOf({ scenario, id, turns }, records) {
  const figures = [...TIMES, ...MEMORY, ...COUNTS].filter((name) => middle(turns, name) !== undefined);
  return {
    scenario: scenario.id,
    kind: scenario.kind,
    title: scenario.title,
    id,
    name: contenders[id].name,
    records: countOf(scenario, records),
    peers: scenario.peers,
    turns: turns.length,
    ...Object.fromEntries(figures.map((name) => [name, middle(turns, name)])),
    spreads: Object.fromEntries(figures.map((name) => [name, quartiles(ascending(turns, name))])),
    worstStallMs: worst(turns, "stallMs"),
    httpWorstStallMs: worst(turns, "httpStallMs"),
    isEstimated: turns.some(({ isEstimated }) => isEstimated),
  };
}

/** The figures of all rows for the history, each in the unit of its name. */
export function figuresOf({ rows }) {
  return rows.flatMap(({ scenario, id, turns, spreads, ...row }) =>
    Object.entries(spreads).map(([name, spread]) => {
      return { name: `${scenario}, ${id}: ${name}`, turns, median: row[name], spread };
    }),
  );
}

/** The median of what these turns say under a name; undefined where they say nothing. */
export function middle(turns, name) {
  const values = ascending(turns, name);
  return values.length > 0 ? median(values) : undefined;
}

const worst = (turns, name) => ascending(turns, name).at(-1);

function ascending(turns, name) {
  const values = turns.map((turn) => turn[name]).filter(Number.isFinite);
  return values.sort((one, other) => one - other);
}
