// A run's numbers as text: what it ran on, one table for each question, notes, and the ratios that are wanted.
import { RELEASED } from "../packages.js";
import { grouped, machineLines, table, times, withSpread } from "../table.js";
import { NO_SLOWER_NOTE, verdictText, wantedText } from "../wanted.js";

export function report(results) {
  const { rows, ratios } = results;
  const of = (...ids) => rows.filter(({ id }) => ids.includes(id));
  const judged = rows.filter(({ id }) => !/^(rounds|spoiled)/.test(id));
  const sections = [
    heading(results),
    ...[10_000, 10].map((keys) =>
      contendersTable(
        keys,
        judged.filter((row) => row.keys === keys),
      ),
    ),
    judged.length > 0 ? NOTES : "",
    roundsTable(of("rounds", `rounds-${RELEASED}`)),
    spoiledTable(of("spoiled")),
    ratiosTable(ratios, rows),
    busyNote(rows),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function heading({ records, bytesPerRecord, ...run }) {
  return [
    "From the bytes of a body to a verdict on each of its records",
    `${grouped(records)} records of ${Math.round(bytesPerRecord)} bytes, contenders by turns, ${run.date}`,
    ...machineLines(run),
  ].join("\n");
}

const PASSES = { first: "first pass", again: "seen before" };
const TIME_TITLES = ["wall µs (spread)", "least µs", "CPU µs (spread)", "turns"];

function contendersTable(keys, rows) {
  if (rows.length === 0) return "";
  const own = rows.find(({ id, pass }) => id === "dbsharing" && pass === "first");
  const cells = rows.map((row) => [
    titleOf(row),
    ...timeCells(row),
    grouped(1e6 / row.medianUs),
    ...ratioCells(row, own),
    grouped(row.records),
  ]);
  return table([`${grouped(keys)} keys`, ...TIME_TITLES, "records/s", "ratio", "by CPU", "records"], cells);
}

/** What a row measures, in words. */
function titleOf({ id, name, pass }) {
  if (id.startsWith("rounds")) return `${id === "rounds" ? "" : `${RELEASED}, `}${ROUNDS[pass]}`;
  if (id === "spoiled") {
    const [kind, where] = pass.split("-");
    return `${kind}: ${SPOILED[where]}`;
  }
  return name.includes("dbsharing") ? `${name}, ${PASSES[pass]}` : name;
}

const NOTES = `\
Times are for each record: the median of wall time with its spread, which is the first and the third quartile, the
least, and the median of processor time, of all threads, with its spread.
Each row is a process of its own, anew in each pass, whose code is warm by another body of other keys.
first pass: of this body nothing is remembered. seen before: the same bytes once more in that process, judged in full
again; only decoded keys may be remembered, a bounded number of them, and the processor's caches do their part.
node:crypto imports each record's key as DER (SPKI), as most code does, or as JWK, which is its quickest form; its
cached keys were imported before the pass. WebCrypto works on several threads, so its wall time can be that of several
cores; of all others only the garbage collector does. noble is called synchronously with SHA-512 of node:crypto, which
is quicker than its default. The slowest get fewer records.
${NO_SLOWER_NOTE}`;

const ROUNDS = {
  first: "all new: received, verified, stored in memory",
  known: "all known: into wasm, scanned, looked up",
  one: "one known record: what a round costs besides",
  parsed: "decode and JSON.parse of the same bytes",
};

function roundsTable(rows) {
  if (rows.length === 0) return "";
  const cells = rows.map((row) => [titleOf(row), ...timeCells(row)]);
  return table(["rounds, the peer answers from memory", ...TIME_TITLES], cells);
}

const SPOILED = { sound: "all sound", first: "the first of every 128 bad", random: "one of every 128 bad, at random" };

function spoiledTable(rows) {
  if (rows.length === 0) return "";
  const cells = ["verifyJson", "round"].flatMap((kind) => {
    const [sound, ...spoiled] = rows.filter(({ pass }) => pass.startsWith(kind));
    return [sound, ...spoiled].map((row) => [titleOf(row), ...timeCells(row), ...ratioCells(row, sound)]);
  });
  return table(["bad records", ...TIME_TITLES, "ratio", "by CPU"], cells);
}

function ratiosTable(list, rows) {
  if (list.length === 0) return "";
  const titled = ([id, pass]) => titleOf(rows.find((row) => row.id === id && row.pass === pass));
  const cells = list.map(({ keys, of, to, wall, cpu, reached, shortBy, turns, ...wanted }) => [
    `${titled(of)} ÷ ${titled(to)}`,
    grouped(keys),
    wantedText(wanted),
    times(wall),
    times(cpu),
    verdictText({ reached, shortBy, turns }),
  ]);
  return table(["ratios of time", "keys", "wanted", "wall", "CPU", ""], cells);
}

/** dbsharing has one thread, so its wall time is its processor time, unless the processor was another's. */
function busyNote(rows) {
  const own = rows.find(({ id }) => id === "dbsharing");
  const share = own ? own.medianUs / own.cpuUs : 1;
  if (share < 1.1) return "";
  return `The machine was busy: wall times are about ${times(share)} processor times. Trust the ratios of CPU more.`;
}

function timeCells({ medianUs, spreadUs, minUs, cpuUs, cpuSpreadUs, turns }) {
  const us = (value) => value.toFixed(value < 100 ? 2 : 0);
  const cpu = cpuUs === undefined ? "" : withSpread(cpuUs, cpuSpreadUs, us);
  return [withSpread(medianUs, spreadUs, us), us(minUs), cpu, String(turns)];
}

function ratioCells(one, other) {
  return other ? [times(one.medianUs / other.medianUs), times(one.cpuUs / other.cpuUs)] : ["", ""];
}
