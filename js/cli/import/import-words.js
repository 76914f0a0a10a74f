// What an import prints when it is done.

import { bytes, codeCounts, count, grouped, shortened } from "../output.js";

const KINDS = { nedb: "a NeDB file", leveldb: "a LevelDB", list: "a list", lines: "lines" };
const CONTENTS = [
  ["records", (number) => count(number, "record")],
  ["unsigned", (number) => `${grouped(number)} without a signature`],
  ["proofs", (number) => count(number, "proof")],
  ["unreadable", (number) => `${grouped(number)} that cannot be read as a record`],
  ["ignored", (number) => `${grouped(number)} of other kinds, left out`],
];

const MAX_KEY_CHARACTERS = 100;

/** The lines for people. */
export function linesAbout({ sources, outcome, isDryRun }, style) {
  return [
    ...(isDryRun ? ["dry run: nothing was written"] : []),
    ...(isPlain(sources) ? [] : sources.map(contentLine)),
    resultLine(sources, outcome, isDryRun),
    ...(hasUnsigned(sources) ? [joinedLine(sources, outcome)] : []),
    ...[...outcome.rejected].map(([code, found]) => rejectedLine(code, found, sources, style)),
    ...(isEmpty(sources) ? [`there is no record in ${sources.map(({ name }) => name).join(", ")}`] : []),
    ...sources.filter(isDamaged).map((source) => lossLine(source, style)),
  ];
}

/** The line that is printed if a signal ends the import. */
export function interruptedLine({ written }, isDryRun) {
  return isDryRun ? "interrupted: nothing was written" : `interrupted: ${grouped(written)} written; run it again`;
}

/** The object for programs. */
export function eventAbout({ sources, outcome, isDryRun }) {
  const { written, stale, joined, rejected } = outcome;
  return {
    ok: isWhole({ sources, outcome }),
    lines: totalOf(sources, "read"),
    written,
    stale,
    rejected: Object.fromEntries([...rejected].map(([code, found]) => [code, rejectedEvent(found, sources)])),
    ...(isDryRun && { dryRun: true }),
    ...(!isPlain(sources) && { joined, sources: sources.map(sourceEvent) }),
  };
}

function rejectedEvent({ count: times, places, message }, sources) {
  return {
    count: times,
    lines: places.map(({ number }) => number),
    message,
    ...(sources.length > 1 && { files: places.map(({ file }) => file) }),
    ...(places.some(({ label }) => label !== undefined) && { keys: places.map(({ label }) => label) }),
  };
}

/** Whether there were records, none of them rejected and no source damaged. */
export function isWhole({ sources, outcome }) {
  return !isEmpty(sources) && outcome.rejected.size === 0 && !sources.some(isDamaged);
}

function isEmpty(sources) {
  return totalOf(sources, "records") + totalOf(sources, "unsigned") + totalOf(sources, "unreadable") === 0;
}

function sourceEvent({ name, kind, counts, losses }) {
  return { file: name, kind, ...counts, ...(losses.bytes > 0 && { lostBytes: losses.bytes }) };
}

function isDamaged({ losses }) {
  return losses.bytes > 0;
}

function lossLine({ name, losses }, style) {
  return `  ${style.red("LEVEL_CORRUPTION")}  ${name} is damaged: LevelDB cannot read ${bytes(losses.bytes)} of its log, and the records in them are lost`;
}

/** Whether there is one file of records only, about which less is printed. */
function isPlain(sources) {
  const [{ isDatabase, counts }] = sources;
  return sources.length === 1 && !isDatabase && counts.unsigned + counts.proofs === 0;
}

function hasUnsigned(sources) {
  return totalOf(sources, "unsigned") > 0;
}

function contentLine({ name, kind, noun, counts }) {
  const contents = CONTENTS.filter(([member]) => counts[member] > 0).map(([member, words]) => words(counts[member]));
  const read = kind === "nedb" ? count(counts.read, "document") : count(counts.read, noun);
  const what = kind === "lines" ? read : `${KINDS[kind]} of ${read}`;
  return `${name}: ${what}${contents.length > 0 ? `: ${contents.join(", ")}` : ""}`;
}

function resultLine(sources, { written, stale, rejected }, isDryRun) {
  const refused = [...rejected.values()].reduce((total, { count: times }) => total + times, 0);
  const codes = Object.fromEntries([...rejected].map(([code, { count: times }]) => [code, times]));
  const done = isDryRun ? "would be written" : "written";
  const counts = `${grouped(written)} ${done}, ${grouped(stale)} held already or older, ${grouped(refused)} rejected`;
  const read = isPlain(sources)
    ? count(sources[0].counts.read, sources[0].noun)
    : count(totalOf(sources, "records") + totalOf(sources, "unsigned") + totalOf(sources, "unreadable"), "record");
  return `${read}: ${counts}${refused > 0 ? `: ${codeCounts(codes)}` : ""}`;
}

function joinedLine(sources, { joined }) {
  const unsigned = totalOf(sources, "unsigned");
  return `${grouped(joined)} of ${grouped(unsigned)} without a signature joined with ${unsigned === 1 ? "its proof" : "their proofs"}`;
}

function rejectedLine(code, { count: times, places, message }, sources, style) {
  const files = sources.filter(({ name }) => places.some(({ file }) => file === name));
  const where = files.map((source) => placesIn(source, places, sources)).join("; ");
  const first = times > 1 ? `; the first: ${placesIn(files[0], places.slice(0, 1), sources)}` : "";
  return `  ${style.red(code)}  ${where}${times > places.length ? ", …" : ""}${first}: ${message}`;
}

/** `lines 3, 5 of a.db`, or the keys of a LevelDB, under which the values can be looked up. */
function placesIn({ name, noun }, places, sources) {
  const found = places
    .filter(({ file }) => file === name)
    .map(({ number, label }) => (label === undefined ? number : shortened(label, MAX_KEY_CHARACTERS)));
  const file = sources.length > 1 ? ` of ${name}` : "";
  return `${noun}${found.length === 1 ? "" : "s"} ${found.join(", ")}${file}`;
}

function totalOf(sources, member) {
  return sources.reduce((total, { counts }) => total + counts[member], 0);
}
