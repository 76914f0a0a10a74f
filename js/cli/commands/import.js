// dbsharing import: the records of a file, one a line or as a JSON array, into a database.

import { ExitCode } from "../command-error.js";
import { dbOption, identityOfNodeOption, refuseOtherIdentity, withStore } from "../database.js";
import { openInput, readable, sizeOfInput } from "../input.js";
import { batchesOf, judgeTexts } from "../judge-texts.js";
import { itemsOf } from "../lines.js";
import { codeCounts, count, grouped } from "../output.js";
import { createProgress } from "../progress.js";

const MAX_ITEM_BYTES = 1024 * 1024;
const NUMBERS_SHOWN = 5; // of each code
const TOO_LARGE = { code: "TOO_LARGE", message: "it is longer than 1 MiB" };

export const command = {
  name: "import",
  usage: "[FILE|-] [--db FOLDER] [--identity record|owner] [--json]",
  description:
    "Reads records from FILE, or from standard input, one a line or as one JSON array, which is what a node serves;\n" +
    "each bare or as { key, value }. Stores what is valid and newer than what the database holds. If it is interrupted,\n" +
    "run it again: what is held stays as it is. Ends with 1 when a record is rejected. The node must not be running.",
  positionals: ["FILE or -"],
  options: {
    db: { ...dbOption.db, says: `${dbOption.db.says}; made if it is not there` },
    ...identityOfNodeOption,
  },
  jsonSays: "print one JSON object instead: ok, lines (or items of an array), written, stale, rejected",
  examples: ["dbsharing import records.ndjson --db ./data", "gunzip < records.gz | dbsharing import --db ./data"],
  run,
};

async function run({ values, positionals: [file = "-"], output }) {
  const input = await openInput(file);
  const size = await sizeOfInput(file);
  const counts = await withStore(values.db, { command: "import", create: true }, async (store) => {
    await refuseOtherIdentity(store, values.identity);
    return importAll({ store, input: readable(input, file), size, identity: values.identity });
  });
  for (const line of linesAbout(counts, output.style)) output.line(line);
  const { noun, ...told } = counts;
  output.event({ ok: counts.rejected.size === 0, ...told, rejected: Object.fromEntries(counts.rejected) });
  return counts.rejected.size === 0 ? ExitCode.done : ExitCode.negative;
}

async function importAll({ store, input, size, identity }) {
  const read = { bytes: 0 };
  const { noun, items } = await itemsOf(counted(input, read), { maxBytes: MAX_ITEM_BYTES });
  const progress = createProgress(noun);
  const counts = { noun, lines: 0, written: 0, stale: 0, rejected: new Map() }; // rejected: code → { count, lines, message }
  for await (const batch of batchesOf(items, ({ text }) => text)) {
    await importBatch(store, batch, identity, counts);
    await progress.at(counts.lines, () => size && read.bytes / size);
  }
  progress.clear();
  return counts;
}

async function* counted(input, read) {
  for await (const chunk of input) {
    read.bytes += chunk.length;
    yield chunk;
  }
}

async function importBatch(store, batch, identity, counts) {
  counts.lines += batch.length;
  const fitting = batch.filter(({ text }) => text !== undefined);
  const faulty = batch.filter(({ text }) => text === undefined);
  const judged = judgeTexts(fitting.map(({ text }) => text), { identity });
  const refused = judged.flatMap(({ verdict }, at) => (verdict.ok ? [] : [[fitting[at].number, verdict]]));
  const rejected = [...faulty.map(({ number, fault = TOO_LARGE }) => [number, fault]), ...refused];
  for (const [number, fault] of rejected.sort(([a], [b]) => a - b)) reject(counts, number, fault);
  const entries = judged.flatMap(({ verdict: { ok, key, version, text } }) => (ok ? [{ key, version, text }] : []));
  const outcomes = await store.write(entries);
  const written = outcomes.filter((outcome) => outcome === "written").length;
  counts.written += written;
  counts.stale += outcomes.length - written;
}

function reject({ rejected }, number, { code, message }) {
  const found = rejected.get(code) ?? { count: 0, lines: [], message };
  found.count += 1;
  if (found.lines.length < NUMBERS_SHOWN) found.lines.push(number);
  rejected.set(code, found);
}

function linesAbout({ noun, lines, written, stale, rejected }, style) {
  const refused = [...rejected.values()].reduce((total, { count: times }) => total + times, 0);
  const counts = `${grouped(written)} written, ${grouped(stale)} held already or older, ${grouped(refused)} rejected`;
  const result = `${count(lines, noun)}: ${counts}`;
  if (refused === 0) return [result];
  const codes = Object.fromEntries([...rejected].map(([code, { count: times }]) => [code, times]));
  return [
    `${result}: ${codeCounts(codes)}`,
    ...[...rejected].map(([code, { count: times, lines: numbers, message }]) => {
      const more = times > numbers.length ? ", …" : "";
      const where = `${numbers.length === 1 ? noun : `${noun}s`} ${numbers.join(", ")}${more}`;
      const first = times > 1 ? `; the first: ${noun} ${numbers[0]}` : "";
      return `  ${style.red(code)}  ${where}${first}: ${message}`;
    }),
  ];
}
