// A run's numbers as text: what it ran on, a table for each scenario, notes, and what is wanted.
import { grouped, machineLines, table, times, wantedText } from "../table.js";

export function report(results) {
  const { rows, targets } = results;
  const scenarios = [...new Set(rows.map(({ scenario }) => scenario))];
  const tables = scenarios.map((scenario) => scenarioTable(rows.filter((row) => row.scenario === scenario)));
  const sections = [heading(results), ...tables, notes(results), targetsTable(targets)];
  return sections.filter((section) => section !== "").join("\n\n");
}

function heading({ records, passes, bytesPerRecord, ...run }) {
  return [
    "Whole rounds over loopback, from the list of nodes to the stored records",
    `${grouped(records)} records of ${Math.round(bytesPerRecord)} bytes, ${passes} passes by turns, ${run.date}`,
    ...machineLines(run),
  ].join("\n");
}

const COUNTS = ["bytes", "requests", "verifications"];
const TITLES = ["wall ms", "CPU ms", ...COUNTS, "stall ms", "worst", "peak MB", "ratio", "by CPU"];

function scenarioTable(rows) {
  const [{ title, records, scenario }] = rows;
  const own = rows.find(({ id }) => id === "dbsharing");
  const cells = rows.map((row) => [
    row.name,
    ...["wallMs", "cpuMs"].map((name) => estimate(row, milliseconds(row[name]))),
    grouped(row.bytes),
    grouped(row.requests),
    estimate(row, grouped(row.verifications)),
    ...["stallMs", "worstStallMs"].map((name) => estimate(row, milliseconds(row[name]))),
    grouped(row.peakMb),
    ...["wallMs", "cpuMs"].map((name) => (own ? times(row[name] / own[name]) : "")),
  ]);
  return table([`${scenario}: ${title}, ${grouped(records)} records`, ...TITLES], cells);
}

const estimate = ({ isEstimated }, text) => (isEstimated ? `≈ ${text}` : text);

/** Three digits, or all before the point. */
export function milliseconds(ms) {
  if (ms >= 100) return grouped(ms);
  return ms.toFixed(ms < 10 ? 2 : 1);
}

function notes({ stallOf50Ms }) {
  return `\
Each row is a process of its own, anew in each pass. Cold: its node holds nothing, but its code is warm by rounds over
fewer records of other keys, and its connections may be open. Before a quiet round and before an edit it has had its
first round. All peers are servers of one more process; they answer from ready bytes.
Times are medians over all passes and turns. CPU is that of all threads. ratio and by CPU: the row's time over
dbsharing's. ≈: of each peer's records a sample was judged, and the rest extrapolated; all else is measured.
bytes and requests are those of the peers, counted by them, heads included; the list of nodes comes on top.
stall: how late a timer of 1 ms was at most in a round, by perf_hooks; the median, and the worst of all rounds. A loop
held for 50 ms on purpose was measured as ${stallOf50Ms.toFixed(1)} ms. What is wanted is judged by medians, ratios by wall time.
peak: the most that the process had in memory in its whole life, with Node itself, its warm-up and its first round.
Beyond 10 000 records an owner has several. Where peers hang, everyone gives up after 2 s; the original asks one after
the other. plain keeps its keys as objects, imported as JWK. dbsharing holds its records in memory unless said.`;
}

function targetsTable(targets) {
  if (targets.length === 0) return "";
  const cells = targets.map(({ scenario, what, value, byCpu, isRatio, reached, ...wanted }) => [
    `${scenario}: ${what}`,
    wantedText(wanted, plain),
    isRatio ? times(value) : plain(value),
    times(byCpu),
    reached ? "reached" : "short",
  ]);
  return table(["wanted of dbsharing", "wanted", "got", "by CPU", ""], cells);
}

/** A whole number in groups, another with two digits. */
const plain = (value) => (Number.isInteger(value) ? grouped(value) : value.toFixed(2));
