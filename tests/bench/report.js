// A run's numbers as text: what it ran on, one table for each question, notes, and the ratios that are wanted.
import { ratios } from "./targets.js";

export function report(results) {
  const { rows, rounds, spoiled } = results;
  const sections = [heading(results)];
  if (rows.length > 0) sections.push(...[10_000, 10].map((keys) => contendersTable(rows.filter((row) => row.keys === keys), keys)), NOTES);
  if (rounds) sections.push(roundsTable(rounds));
  if (spoiled) sections.push(spoiledTable(spoiled));
  const wanted = ratios(results);
  if (wanted.length > 0) sections.push(ratiosTable(wanted));
  return sections.join("\n\n");
}

function heading({ cpu, cores, node, v8, openssl, rustc, dbsharing, wasmBytes, packages, date, records, passes, bytes }) {
  const size = Math.round(bytes[0] / records);
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return [
    `From the bytes of a body to a verdict on each of its ${grouped(records)} records of ${size} bytes; medians of ${passes} passes, by turns`,
    `${cpu}, ${cores} cores · Node ${node}, V8 ${v8}, OpenSSL ${openssl} · ${rustc ?? "no rustc"}`,
    `dbsharing ${dbsharing}, its wasm ${grouped(wasmBytes)} bytes · ${versions.join(" · ")} · ${date}`,
  ].join("\n");
}

const NAMES = { first: ", first pass", again: ", seen before", once: "" };

function contendersTable(rows, keys) {
  const own = rows.find(({ id, when }) => id === "dbsharing" && when === "first");
  const cells = rows.map(({ name, when, records, ...time }) => [
    `${name}${NAMES[when]}`,
    ...timeCells(time),
    grouped(1e6 / time.medianUs),
    own ? `${(time.medianUs / own.medianUs).toFixed(2)}×` : "",
    own && time.cpuUs ? `${(time.cpuUs / own.cpuUs).toFixed(2)}×` : "",
    grouped(records),
  ]);
  const title = `records of ${grouped(keys)} keys`;
  return table([title, ...TIME_TITLES, "records/s", "ratio", "by CPU", "records"], cells);
}

const NOTES = `µs are for each record: the median and the least of wall time, and the median of processor time (all threads).
first pass: in a new process, whose engine is warm by another body of other keys; of this body nothing is remembered.
seen before: the same bytes once more in that process, with whatever dbsharing and the processor's caches kept of them.
A seen body is judged in full again: only decoded keys may be remembered, and only a bounded number of them.
node:crypto gets its keys as DER (SPKI), as most code does it, and as JWK; its cached keys were imported before the
first pass. WebCrypto works on several threads, so its wall time is that of more than one core. noble runs by its
synchronous interface with SHA-512 of node:crypto, which is quicker than its default. Slow ones get fewer records.`;

function roundsTable({ first, known, one, parsed }) {
  return table(["rounds, a peer answering from memory", ...TIME_TITLES], [
    ["all new: received, verified, stored in memory", ...timeCells(first)],
    ["all known: into wasm, scanned, looked up", ...timeCells(known)],
    ["  of which a round over one record takes", ...timeCells(one)],
    ["decode and JSON.parse of the same bytes", ...timeCells(parsed)],
  ]);
}

const PLACES = {
  sound: () => "all records sound",
  first: (bad) => `${bad} bad, the first of every 128`,
  random: (bad) => `${bad} bad, one at random in every 128`,
};

function spoiledTable(spoiled) {
  const [sound] = spoiled;
  const cells = spoiled.flatMap(({ where, bad, ...times }) =>
    ["verifyJson", "round"].map((kind) => [
      `${kind}: ${PLACES[where](bad)}`,
      ...timeCells(times[kind]),
      `${(times[kind].medianUs / sound[kind].medianUs).toFixed(2)}×`,
      `${(times[kind].cpuUs / sound[kind].cpuUs).toFixed(2)}×`,
    ]));
  return table(["bad records", ...TIME_TITLES, "ratio", "by CPU"], cells.sort(([one], [other]) => kindOf(other) - kindOf(one)));
}

const kindOf = (title) => Number(title.startsWith("verifyJson"));

function ratiosTable(list) {
  const cells = list.map(({ what, wanted, wall, cpu, reached }) => [
    what,
    wanted,
    `${wall.toFixed(2)}×`,
    Number.isFinite(cpu) ? `${cpu.toFixed(2)}×` : "",
    reached ? "reached" : "short",
  ]);
  return table(["ratios to dbsharing's first pass", "wanted", "wall", "CPU", "by wall"], cells);
}

const TIME_TITLES = ["median µs", "least µs", "CPU µs"];

function timeCells({ medianUs, minUs, cpuUs }) {
  return [medianUs, minUs, cpuUs].map((us) => (us === undefined ? "" : us.toFixed(us < 100 ? 2 : 0)));
}

/** Columns as wide as their widest cell; the first is aligned to the left. */
function table(titles, rows) {
  const lines = [titles, ...rows];
  const widths = titles.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const text = (line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  ");
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [text(titles), rule, ...rows.map(text)].join("\n");
}

/** 12345 as "12 345". */
function grouped(number) {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, " ");
}
