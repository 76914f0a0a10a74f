// The plots of a run of bench:spread, for the README.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { barChart } from "../round/svg.js";
import { grouped } from "../table.js";

// Beside a bar: rounds, bodies, and how many writes can be reached, if not all.
const PLOTS = [
  { file: "spread-one.svg", writes: 1, title: "One write: rounds until all nodes hold it" },
  { file: "spread-1000.svg", writes: 1000, title: "1 000 scattered writes: rounds until all nodes hold them" },
];

/** Writes both plots, of the networks that were measured. */
export function writePlots({ rows, seed }, folder) {
  mkdirSync(folder, { recursive: true });
  const sizes = [...new Set(rows.map(({ machines }) => machines))];
  for (const { file, writes, title } of PLOTS) {
    const groups = sizes.map((size) => groupOf(rows.filter((row) => row.machines === size && row.writes === writes)));
    const note = `simulated, seed ${seed}; rounds of 20 s, bodies of peers a node; latency 45 ms (median); equal texts are shared in memory`;
    writeFileSync(join(folder, file), barChart({ title, note, groups }));
  }
}

function groupOf(rows) {
  const [{ machines, records }] = rows;
  return { title: `${grouped(machines)} machines, ${grouped(records)} records each`, unit: "rounds", bars: rows.map(barOf) };
}

function barOf({ peers, hostile, reachable, rounds: [, , all], bodyBytesANode, reachableWrites, writes }) {
  const of = [`${peers} peers a round`, hostile > 0 && `${hostile} % hostile`, reachable < 100 && `${reachable} % reachable`];
  const arrived = reachableWrites < writes ? `; ${grouped(reachableWrites)} writes` : "";
  const text = `${all === null ? "not within an hour" : all.toFixed(1)}, ${bytesText(bodyBytesANode)}${arrived}`;
  return {
    label: of.filter(Boolean).join(", "),
    value: all ?? 0,
    text,
    kind: peers === 8 && of.filter(Boolean).length === 1 ? "own" : "bar",
  };
}

/** A number of bytes, as "1.3 kB" or "12 MB". */
export function bytesText(bytes) {
  const [divided, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${divided.toFixed(divided < 10 ? 1 : 0)} ${unit}`;
}
