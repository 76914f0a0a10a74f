// The figures of a run as text: what it ran on, one table with the contenders side by side, notes, and what is wanted.
import { busyNote, milliseconds } from "../round/report.js";
import { grouped, machineLines, table, times, withSpread } from "../table.js";
import { verdictText, wantedText } from "../wanted.js";
import { contenders } from "./contenders.js";
import { scenarios } from "./scenarios.js";

export function report(results) {
  const sections = [heading(results), contendersTable(results), notes(results), targetsTable(results.targets)];
  return [...sections, busyNote(results)].filter((section) => section !== "").join("\n\n");
}

function heading({ records, runs, ...run }) {
  return [
    "dbsharing beside other ways to keep two databases the same, a server and a client over loopback",
    `${grouped(records)} records, ${runs} run${runs === 1 ? "" : "s"}, contenders by turns, ${run.date}`,
    ...machineLines(run),
  ].join("\n");
}

function contendersTable({ rows, ownBytes }) {
  const ids = [...new Set(rows.map(({ id }) => id))];
  const lines = scenarios.flatMap(({ id: scenario, title }) => {
    const ofScenario = ids.map((id) => rows.find((row) => row.id === id && row.scenario === scenario));
    return linesOf(ofScenario, { title, ownBytes: ownBytes[scenario] });
  });
  return table(["", ...ids.map((id) => contenders[id].name)], lines);
}

/** The lines of one scenario: the first has its title, the others are indented below it. */
function linesOf(rows, { title, ownBytes }) {
  const own = rows.find(({ id }) => id === "dbsharing");
  const line = (name, text) => [name, ...rows.map(text)];
  const figure = (name, text) => (row) => withSpread(row[name], row.spreads[name], text);
  return [
    line(`${title}, ms`, figure("wallMs", milliseconds)),
    ...(own ? [line("  times dbsharing", (row) => times(row.wallMs / own.wallMs))] : []),
    line("  CPU ms of both ends", figure("cpuMs", milliseconds)),
    line(`  bytes; of the records ${grouped(ownBytes)}`, figure("bytes", grouped)),
    line("  longest stall, ms", figure("stallMs", milliseconds)),
    line("  worst of all runs", ({ worstStallMs }) => milliseconds(worstStallMs)),
  ];
}

function notes({ stallOf50Ms }) {
  return `\
Each run of a contender is two new processes with new databases, which play the scenarios in this order, after they played
them with up to 1 000 records of other keys. In the end both have to hold the same records.
dbsharing: levelStore over classic-level, nodeHandler in node:http; sync is share(). Each batch is on the disk when it is
stored, which the others do not ask for.
PouchDB: its own LevelDB adapter, express-pouchdb in its mode minimumForPouchDB, which compresses; batches of 2 000.
PouchDB, verified: the client's bulkDocs, through which every write goes, drops documents whose signature node:crypto finds
wrong. The server stores what the client sends unverified.
plain JavaScript: fetch of the whole list with an ETag, from a body that is ready until something changes; node:crypto
verifies what is newer, and one batch goes into classic-level.
The sync after it: the first that has nothing to move, in which some still settle what they stored.
Edits at both ends: as many as are left of 100 at each end, of different records, and then a sync in both ways, after one
that was not measured. PouchDB's client replicates from and to the server; with dbsharing and plain JavaScript, whose nodes
only get, each end synchronises. At once: both begin together, with PouchDB by its sync(). In turn: the client has got the
server's records before any of its own travel, and the time is the sum.
Times are medians over all runs, with their spread, which is the first and the third quartile. They include the proxy that
counts bytes: of both directions, heads and bodies together; after "of the records" stand the bytes of the records, as
JSON, that have to travel.
stall: how late a timer of 1 ms was at most, in the process where it was later. A loop blocked for 50 ms on purpose was
measured as ${milliseconds(stallOf50Ms)} ms. What is wanted is decided by medians, ratios by wall time.`;
}

function targetsTable(targets) {
  if (targets.length === 0) return "";
  const cells = targets.map(({ scenario, what, value, byCpu, isRatio, reached, ...wanted }) => [
    `${scenario}: ${what}`,
    wantedText(wanted, isRatio ? times : String),
    isRatio ? times(value) : value.toFixed(2),
    times(byCpu),
    verdictText({ reached }),
  ]);
  return table(["wanted of dbsharing", "wanted", "saw", "by CPU", ""], cells);
}
