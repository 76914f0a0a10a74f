// A run's numbers as text: what it ran on, a table for each scenario, notes, and what is wanted.
import { grouped, machineLines, table, times, withSpread } from "../table.js";
import { NO_SLOWER_NOTE, verdictText, wantedText } from "../wanted.js";

export function report(results) {
  const { rows, targets } = results;
  const scenarios = [...new Set(rows.map(({ scenario }) => scenario))];
  const tables = scenarios.map((scenario) => scenarioTables(rows.filter((row) => row.scenario === scenario)));
  const sections = [heading(results), ...tables, notes(results), targetsTable(targets), busyNote(results)];
  return sections.filter((section) => section !== "").join("\n\n");
}

function heading({ records, bytesPerRecord, ...run }) {
  return [
    "Whole rounds over loopback, from the list of nodes to the stored records",
    `${grouped(records)} records of ${Math.round(bytesPerRecord)} bytes, contenders by turns, ${run.date}`,
    ...machineLines(run),
  ].join("\n");
}

// A column: its title, and its text for a row, beside dbsharing's own.
const estimated = (name) => (row) => estimate(row, milliseconds(row[name]));
const time = (title, name) => {
  return [title, (row) => estimate(row, withSpread(row[name], row.spreads[name], milliseconds))];
};
const memory = (title, name) => [title, (row) => withSpread(row[name], row.spreads[name], grouped)];
const ratio = (title, name) => [title, (row, own) => (own ? times(row[name] / own[name]) : "")];
const counted = (name) => [name, (row) => grouped(row[name])];

const wallAndCpu = [time("wall ms", "wallMs"), time("CPU ms", "cpuMs")];
const stalls = [time("stall ms", "stallMs"), ["worst", estimated("worstStallMs")]];
const ratios = [ratio("ratio", "wallMs"), ratio("by CPU", "cpuMs")];
const peak = memory("peak MB", "peakMb");
const turns = counted("turns");
const verifications = ["verifications", (row) => estimate(row, grouped(row.verifications))];

/** The tables of each kind of scenario: whether the code of its process has run before, and the columns. */
const TABLES = {
  rounds: [
    [
      "warm process",
      ...[...wallAndCpu, counted("bytes"), counted("requests"), verifications, ...stalls, peak, ...ratios, turns],
    ],
  ],
  fresh: [
    [
      "cold process",
      ...[time("create ms", "createMs"), time("fetch's stall", "firstFetchStallMs")],
      ...[...wallAndCpu, ...stalls, peak, ...ratios, turns],
    ],
  ],
  serving: [
    ["in process, warm", ...wallAndCpu, ...stalls, peak, memory("of it new", "addedMb"), turns],
    [
      "over HTTP, warm process",
      ...[time("wall ms", "httpWallMs"), time("CPU ms", "httpCpuMs")],
      ...[time("stall ms", "httpStallMs"), ["worst", estimated("httpWorstStallMs")]],
      ...[memory("peak MB", "httpPeakMb"), memory("of it new", "httpAddedMb"), turns],
    ],
  ],
};

function scenarioTables(rows) {
  const [{ kind, title, records, scenario }] = rows;
  const own = rows.find(({ id }) => id === "dbsharing");
  const tables = TABLES[kind].map(([process, ...columns]) => {
    const cells = rows.map((row) => [row.name, ...columns.map(([, text]) => text(row, own))]);
    return table([process, ...columns.map(([name]) => name)], cells);
  });
  return `${scenario}: ${title}, ${grouped(records)} records\n${tables.join("\n\n")}`;
}

const estimate = ({ isEstimated }, text) => (isEstimated ? `≈ ${text}` : text);

/** Three digits, or all before the point. */
export function milliseconds(ms) {
  if (ms >= 100) return grouped(ms);
  return ms.toFixed(ms < 10 ? 2 : 1);
}

function notes({ stallOf50Ms }) {
  return `\
Each row is a process of its own, anew in each pass. Cold: its node holds nothing. Before a quiet round and before an
edit it has had its first round. All peers are servers of one more process; they answer from ready bytes.
Warm process: its code is warm by rounds over fewer records of other keys, and its connections may be open.
Cold process: each turn is a new process, in which nothing ran before. "create" is createSharing and the compiling of
the wasm, which else the first round does. Then it waits until its peers answer, which loads Node's own fetch, whoever
calls it; how long that stalls is under "fetch's stall". Then the round is measured.
Serving: a node got its records by a round, and its body is read to the end: by handle(request) in its own process, and
over HTTP by a reader in another. Before each reading it stores one record more. It is the serving process that is
measured, but over HTTP the wall time is the reader's. { getAll, put } is read whole for each reading, as it is for one
that comes more than five seconds after the last.
Times are medians over all passes and turns, with their spread, which is the first and the third quartile. CPU is that
of all threads. ratio and by CPU: the row's time over dbsharing's. ≈: of each peer's records a sample was judged, and
the rest extrapolated; all else is measured.
bytes and requests are those of the peers, counted by them, heads included; the list of nodes comes on top.
stall: how late a timer of 1 ms was at most in a round or a reading, by perf_hooks; and the worst of all. A loop held
for 50 ms on purpose was measured as ${milliseconds(stallOf50Ms)} ms.
What is wanted is judged by medians, ratios by wall time.
peak: the most that the process had in memory in its whole life, with Node itself, its warm-up and its first round; of
one that serves, the most while it did, and how much of it came on top of what it had before.
Beyond 10 000 records an owner has several. Where peers hang, everyone gives up after 2 s; the original asks one after
the other. plain keeps its keys as objects, imported as JWK. dbsharing holds its records in memory unless said.
${NO_SLOWER_NOTE}`;
}

/** Who holds a loop for 50 ms has a processor for as long, unless it is another's. */
function busyNote({ stallOf50Ms, cpuOf50Ms }) {
  const share = stallOf50Ms / cpuOf50Ms;
  if (share < 1.1) return "";
  return `The machine was busy: wall times and stalls are about ${times(share)} what they are alone. Trust CPU more.`;
}

function targetsTable(targets) {
  if (targets.length === 0) return "";
  const cells = targets.map(({ scenario, what, value, byCpu, isRatio, reached, shortBy, turns, ...wanted }) => [
    `${scenario}: ${what}`,
    wantedText(wanted, plain),
    isRatio ? times(value) : plain(value),
    times(byCpu),
    verdictText({ reached, shortBy, turns }),
  ]);
  return table(["wanted of dbsharing", "wanted", "got", "by CPU", ""], cells);
}

/** A whole number in groups, another with two digits. */
const plain = (value) => (Number.isInteger(value) ? grouped(value) : value.toFixed(2));
