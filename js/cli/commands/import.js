// dbsharing import: records of a file, one a line, into a database.

import { ExitCode, cannotRun } from "../command-error.js";
import { dbOption, identityOption, withStore } from "../database.js";
import { openInput, readable } from "../input.js";
import { batchesOf, judgeTexts } from "../judge-texts.js";
import { linesOf } from "../lines.js";
import { codeCounts, count, grouped } from "../output.js";
import { createProgress } from "../progress.js";

const MAX_LINE_BYTES = 1024 * 1024;
const LINES_SHOWN = 5; // of each code

export const command = {
  name: "import",
  usage: "[FILE|-] [--db FOLDER] [--identity record|owner] [--json]",
  description:
    "Reads records from FILE, or from standard input, one a line, bare or as { key, value }, and stores what is\n" +
    "valid and newer than what the database holds. After it was cut off, run it again: what is held stays as it is.\n" +
    "Ends with 1 when a line was rejected. The node must not be running.",
  positionals: ["FILE or -"],
  options: {
    db: { ...dbOption.db, says: `${dbOption.db.says}; made if it is not there` },
    ...identityOption,
  },
  examples: ["dbsharing import records.ndjson --db ./data", "gunzip < records.gz | dbsharing import --db ./data"],
  run,
};

async function run({ values, positionals: [file = "-"], output }) {
  const input = await openInput(file);
  const counts = await withStore(values.db, { command: "import", create: true }, async (store) => {
    await refuseOtherIdentity(store, values.identity);
    return importLines({ store, input, file, identity: values.identity });
  });
  for (const line of linesAbout(counts, output.style)) output.line(line);
  output.event({ ok: counts.rejected.size === 0, ...counts, rejected: Object.fromEntries(counts.rejected) });
  return counts.rejected.size === 0 ? ExitCode.done : ExitCode.negative;
}

/** Keys of both identities in one database would be two collections, of which each node sees one. */
async function refuseOtherIdentity(store, identity = "record") {
  for await (const { key } of store.entries({ limit: 1 })) {
    const held = key.includes("/") ? "record" : "owner";
    if (held !== identity) throw cannotRun(`the database was written with --identity ${held}, not ${identity}`);
  }
}

async function importLines({ store, input, file, identity }) {
  const progress = createProgress();
  const counts = { lines: 0, written: 0, stale: 0, rejected: new Map() }; // rejected: code → { count, lines }
  const lines = linesOf(readable(input, file), { maxBytes: MAX_LINE_BYTES });
  for await (const batch of batchesOf(lines, ({ text }) => text)) {
    await importBatch(store, batch, identity, counts);
    progress.show(`${count(counts.lines, "line")}, ${grouped(counts.written)} written`);
  }
  progress.clear();
  return counts;
}

async function importBatch(store, batch, identity, counts) {
  counts.lines += batch.length;
  const fitting = batch.filter(({ text }) => text !== undefined);
  const long = batch.filter(({ text }) => text === undefined);
  const judged = judgeTexts(fitting.map(({ text }) => text), { identity });
  const refused = judged.flatMap(({ verdict }, at) => (verdict.ok ? [] : [[fitting[at].number, verdict.code]]));
  const rejected = [...long.map(({ number }) => [number, "TOO_LARGE"]), ...refused];
  for (const [number, code] of rejected.sort(([a], [b]) => a - b)) reject(counts, number, code);
  const entries = judged.flatMap(({ verdict: { ok, key, version, text } }) => (ok ? [{ key, version, text }] : []));
  const outcomes = await store.write(entries);
  const written = outcomes.filter((outcome) => outcome === "written").length;
  counts.written += written;
  counts.stale += outcomes.length - written;
}

function reject({ rejected }, number, code) {
  const found = rejected.get(code) ?? { count: 0, lines: [] };
  found.count += 1;
  if (found.lines.length < LINES_SHOWN) found.lines.push(number);
  rejected.set(code, found);
}

function linesAbout({ lines, written, stale, rejected }, style) {
  const refused = [...rejected.values()].reduce((total, { count: times }) => total + times, 0);
  const counts = `${grouped(written)} written, ${grouped(stale)} stale, ${grouped(refused)} rejected`;
  const result = `${count(lines, "line")}: ${counts}`;
  if (refused === 0) return [result];
  const codes = Object.fromEntries([...rejected].map(([code, { count: times }]) => [code, times]));
  return [
    `${result}: ${codeCounts(codes)}`,
    ...[...rejected].map(([code, { count: times, lines: numbers }]) => {
      const more = times > numbers.length ? ", …" : "";
      return `  ${style.red(code)}  ${numbers.length === 1 ? "line" : "lines"} ${numbers.join(", ")}${more}`;
    }),
  ];
}
