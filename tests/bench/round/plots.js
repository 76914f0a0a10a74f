// The plots of a run, for the README.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RELEASED } from "../packages.js";
import { grouped } from "../table.js";
import { milliseconds } from "./report.js";
import { barChart } from "./svg.js";

const SHORT_NAMES = {
  seed: "the original (axios, tweetnacl, bs58)",
  plain: "plain JavaScript (fetch, node:crypto)",
  "plain-der": "plain JavaScript, keys from DER",
  dbsharing: "dbsharing",
  "over-map": "dbsharing, { getAll, put }",
  "over-map-get": "dbsharing, { get, getAll, put }",
  level: "dbsharing, records in LevelDB",
  empty: "(an empty fetch of each peer)",
};
const KINDS = { dbsharing: "own", "over-map": "own", "over-map-get": "own", level: "own", plain: "rival" };

const inMs = {
  unit: "ms",
  say: (value, { isEstimated }) => `${isEstimated ? "≈ " : ""}${milliseconds(value)} ms`,
};
const ms = (name) => ({ ...inMs, value: (row) => row[name] });
const cpuOfPeer = { ...inMs, value: (row) => row.cpuMs / row.peers };
// Bytes are counted even if times are extrapolated.
const bytesOfPeer = { unit: "bytes", value: (row) => row.bytes / row.peers, say: (value) => `${grouped(value)} bytes` };

const PLOTS = [
  {
    file: "cold.svg",
    title: "All records are new: time of the round",
    groups: ["cold-1", "cold-5", "cold-10", "cold-large"].map((scenario) => ({ scenario, ...ms("wallMs") })),
  },
  {
    file: "quiet.svg",
    title: "Nothing has changed: what a peer costs",
    groups: [
      { scenario: "quiet-etag", suffix: "bytes a peer", ...bytesOfPeer },
      { scenario: "quiet-etag", suffix: "CPU a peer", ...cpuOfPeer },
      { scenario: "quiet", suffix: "CPU a peer", ...cpuOfPeer },
    ],
  },
  {
    file: "stall.svg",
    title: "All records are new: how long the event loop is blocked at most",
    groups: ["cold-1", "cold-5", "cold-large", "fresh"].map((scenario) => ({ scenario, ...ms("stallMs") })),
  },
  {
    file: "edit.svg",
    title: "One record was edited: time of the round",
    groups: [
      { scenario: "edit", ...ms("wallMs") },
      { scenario: "edit", suffix: "CPU", ...ms("cpuMs") },
    ],
  },
];

/** Writes the plots of everything that was measured. Returns their names. */
export function writePlots(results, folder) {
  const charts = PLOTS.map(({ file, ...plot }) => ({ file, ...plot, groups: groupsOf(plot.groups, results.rows) }));
  const drawn = charts.filter(({ groups }) => groups.length > 0);
  mkdirSync(folder, { recursive: true });
  for (const { file, title, groups } of drawn) {
    writeFileSync(join(folder, file), barChart({ title, groups, logarithmic: true, note: noteOf(results) }));
  }
  return drawn.map(({ file }) => file);
}

function groupsOf(groups, rows) {
  return groups.flatMap(({ scenario, suffix, unit, value, say }) => {
    // Readers of a plot choose a package, and not one of its versions.
    const measured = rows.filter((row) => row.scenario === scenario && row.id !== RELEASED);
    if (measured.length === 0) return [];
    const [{ title, records }] = measured;
    const bars = measured.map((row) => barOf(row, value(row), say));
    return [{ title: `${title}, ${grouped(records)} records${suffix ? `: ${suffix}` : ""}`, unit, bars }];
  });
}

function barOf(row, value, say) {
  return { label: SHORT_NAMES[row.id], value, text: say(value, row), kind: KINDS[row.id] ?? "bar" };
}

function noteOf({ cpu, node, date }) {
  return `${cpu}, Node ${node}, ${date.slice(0, 10)}; ≈ extrapolated from a sample`;
}
