// The report of bench:stores.
import { grouped, machineLines, table, times } from "../table.js";

const TITLES = {
  write: "new keys, batches of 500",
  rewrite: "newer versions, batches of 500",
  get: "reads, 500 keys each",
  scan: "scan of all entries",
  versions: "keys and versions, as at the start",
};
const AT_MOST = 1.5;

export function report({ rows, entries, passes, date, ...run }) {
  const heading = [
    "The ready-made stores beside their bare drivers",
    `${grouped(entries)} entries, ${passes} passes by turns, ${date}`,
    ...machineLines(run),
  ];
  const played = rows.filter(({ missing }) => missing === undefined);
  const left = rows.filter(({ missing }) => missing !== undefined).map(({ id, missing }) => `${id} was left out: ${missing}`);
  const sections = [heading.join("\n"), worksTable(played), notesTable(played), startsTable(played), NOTES, left.join("\n")];
  return sections.filter((section) => section !== "").join("\n\n");
}

function worksTable(rows) {
  const works = rows.filter(({ kind }) => kind in TITLES);
  const cells = works.map(({ id, kind, entries, oursMs, bareMs }) => {
    const each = (ms) => (Number.isFinite(ms) ? grouped((entries / ms) * 1000) : "");
    const ratio = oursMs / bareMs;
    const verdict = Number.isFinite(ratio) ? (ratio <= AT_MOST ? "reached" : "short") : "";
    return [`${id}: ${TITLES[kind]}`, each(oursMs), each(bareMs), times(ratio), kind.includes("write") ? verdict : ""];
  });
  return table(["entries a second", "dbsharing", "driver", "time", `≤ ${AT_MOST}×`], cells);
}

/** What it costs writers that every change is noted, which version 0.1.0 did not. */
function notesTable(rows) {
  const cells = rows
    .filter(({ releasedMs }) => releasedMs !== undefined)
    .map(({ id, kind, entries, oursMs, releasedMs }) => {
      const each = (ms) => grouped((entries / ms) * 1000);
      return [`${id}: ${TITLES[kind]}`, each(oursMs), each(releasedMs), times(oursMs / releasedMs)];
    });
  return cells.length === 0 ? "" : table(["what noting changes costs, entries a second", "noted", "0.1.0", "time"], cells);
}

function startsTable(rows) {
  const cells = rows
    .filter(({ kind }) => kind === "start")
    .map(({ id, entries, oursMs }) => [id, grouped((oursMs / entries) * 100_000)]);
  return table(["a node's start with 100 000 entries", "ms"], cells);
}

const NOTES = `\
time: our store's over the bare driver's. The driver does the same work with the least code: it checks which entries are
newer, by the database where that can, and writes a batch at once and as durably; only NeDB cannot, and writes without
our journal. A Map checks nothing. The start: all keys and versions read, the index and its digest built; measured with
fewer entries, and extrapolated.`;
