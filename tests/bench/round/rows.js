// A row: the figures of one contender in one scenario, as medians over all passes and turns, with their spreads.
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

const SYMBOLS = [
  ...["symbolsBytes", "recordsBytes", "auditRequests", "auditBytes", "auditRecordsBytes", "auditShare", "headBytes", "ratio"],
  ...["recordBytes", "heldBytes", "viewKib", "plainUs", "upkeepUs", "fewCellsMs", "manyCellsMs"],
];

/** The median of each figure is under its name, and its quartiles are in `spreads`. */
export function rowOf({ scenario, id, turns }, records) {
  const figures = [...TIMES, ...MEMORY, ...COUNTS, ...SYMBOLS].filter((name) => middle(turns, name) !== undefined);
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
    means: Object.fromEntries(figures.map((name) => [name, mean(ascending(turns, name))])),
    p99: Object.fromEntries(figures.map((name) => [name, ascending(turns, name).at(Math.ceil(turns.length * 0.99) - 1)])),
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

/** The median of a figure of these turns; undefined if they do not have it. */
export function middle(turns, name) {
  const values = ascending(turns, name);
  return values.length > 0 ? median(values) : undefined;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

const worst = (turns, name) => ascending(turns, name).at(-1);

function ascending(turns, name) {
  const values = turns.map((turn) => turn[name]).filter(Number.isFinite);
  return values.sort((one, other) => one - other);
}
