// The figures of a run as text: what it ran on, a table for each scenario, notes, and what is wanted.
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

// A column: its title, and its text for a row, given the row of dbsharing.
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

const meanAnd99 = (title, name) => [title, ({ means, p99 }) => `${short(means[name])}, ${short(p99[name])}`];
const median = (title, name) => [title, (row) => short(row[name])];

/** The tables of each kind of scenario: their titles, which say whether the process is warm, and their columns. */
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
  exchange: [
    [
      "mean, 99 %",
      ...[meanAnd99("symbols, bytes", "symbolsBytes"), meanAnd99("requests", "requests")],
      ...[meanAnd99("records, bytes", "recordsBytes"), meanAnd99("both ways ÷ records", "ratio")],
      ...[meanAnd99("audit's requests", "auditRequests"), meanAnd99("its symbols", "auditBytes")],
      ...[meanAnd99("its records", "auditRecordsBytes"), meanAnd99("heads a request", "headBytes"), turns],
    ],
  ],
  holding: [
    [
      "median",
      ...[median("bytes a record", "recordBytes"), median("without views", "heldBytes"), median("KiB a view", "viewKib")],
      ...[median("µs a write", "plainUs"), median("more with views", "upkeepUs")],
      ...[median("ms for 18 cells", "fewCellsMs"), median("for 2 048", "manyCellsMs"), turns],
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

/** A count in groups; two decimals where it is small. */
const short = (value) => (value >= 100 ? grouped(value) : String(Number(value.toFixed(2))));

/** Three digits, or all before the point. */
export function milliseconds(ms) {
  if (ms >= 100) return grouped(ms);
  return ms.toFixed(ms < 10 ? 2 : 1);
}

function notes({ stallOf50Ms }) {
  return `\
Each row is a process of its own, started again for each pass. Cold: its node holds nothing. Before a quiet round and
before an edit it has had its first round. All peers are servers in one other process; they answer with ready bytes.
Warm process: rounds over fewer records of other keys have warmed its code, and its connections may be open.
Cold process: each turn is a new process, in which nothing ran before. "create" is createSharing and compiling the wasm,
which otherwise the first round does. Then the process waits until its peers answer, which loads Node's own fetch for
every contender; how long that stalls is under "fetch's stall". Then the round is measured.
Serving: a node got its records in a round, and its body is read to the end: with handle(request) in its own process, and
over HTTP by a reader in another. Before each time it stores one more record. The serving process is measured, but over
HTTP the wall time is that of the reader. { getAll, put } is read whole each time, as it is for a request that comes
more than five seconds after the last one.
Times are medians over all passes and turns, with their spread, which is the first and the third quartile. CPU is that
of all threads. ratio and by CPU: the time of the row over that of dbsharing. ≈: a sample of the records of each peer was
verified, and the rest extrapolated; everything else is measured.
Exchanges: both nodes hold the same but for what the title says, and the client begins; bodies are counted apart from
heads, at a proxy. The audit is the requests from the first of view 1 on. "both ways" has the server's exchange after it.
Holding: bytes of the wasm's memory; times are of the processor. A write is one that the node hears of from its store.
bytes and requests are counted by the peers, heads included, without the list of nodes.
stall: how late a timer of 1 ms was at most while a round ran or a body was read, by perf_hooks; and the worst of all. A
loop blocked for 50 ms on purpose was measured as ${milliseconds(stallOf50Ms)} ms.
What is wanted is decided by medians, ratios by wall time.
peak: the most memory of the process in its whole life, with Node itself, its warm-up and its first round; for serving,
the most memory while the body was read, and how much of it was added in that time.
Beyond 10 000 records an owner has several. If peers hang, every contender gives up after 2 s; the original asks one
peer after the other. plain keeps its keys as objects, imported as JWK. dbsharing holds its records in memory unless the
row says otherwise.
${NO_SLOWER_NOTE}`;
}

/** A loop that is blocked for 50 ms has the processor for as long, unless other processes have it. */
export function busyNote({ stallOf50Ms, cpuOf50Ms }) {
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

/** A whole number in groups, any other with two decimals. */
const plain = (value) => (Number.isInteger(value) ? grouped(value) : value.toFixed(2));
