// npm run bench:verify: see HELP in options.js.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { contenders } from "./contenders.js";
import { bodyOf, makeRecords, onePercent, spoil } from "./corpus.js";
import { machine } from "./machine.js";
import { buildNative, passesOf } from "./native.js";
import { HELP, readOptions } from "./options.js";
import { measureRounds } from "./rounds.js";
import { measureSpoiled } from "./spoiled.js";
import { measured, perItem } from "./stopwatch.js";
import { report } from "./report.js";

/** A sample has at least so many records. */
const MIN_SAMPLE = 20;

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(HELP);
  const folder = mkdtempSync(join(tmpdir(), "dbsharing-bench-"));
  try {
    const results = await measureAll(options, folder);
    console.log(options.json ? JSON.stringify(results, null, 2) : report(results));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measureAll(options, folder) {
  const lanes = [...dbsharingLanes(options), ...contenders.map(inThisProcess)].filter(({ id }) => options.wants(id));
  const corpora = [10_000, 10].map((keys) => makeCorpus(options.records, keys, folder));
  for (const corpus of corpora) for (const lane of lanes) await mustAgree(lane, corpus);
  const rows = corpora.flatMap((corpus) => lanes.map((lane) => newRows(lane, corpus)));
  const [{ records }] = corpora;
  const rounds = options.wants("rounds") ? await measureRounds(records, options.passes) : undefined;
  const spoiled = options.wants("spoiled") ? await measureSpoiled(records, options.passes) : undefined;
  for (let pass = 0; pass < options.passes; pass += 1) {
    for (const row of rows) await row.run();
  }
  return {
    ...machine(),
    records: options.records,
    passes: options.passes,
    bytes: corpora.map(({ bytes }) => bytes.length),
    rows: rows.flatMap(({ results }) => results()),
    rounds,
    spoiled,
  };
}

/** The bodies of one number of keys: as files for other processes, and in parts for slow contenders. */
function makeCorpus(count, keys, folder) {
  const records = makeRecords({ count, keys });
  const file = (name, list) => {
    const path = join(folder, `${keys}-${name}.json`);
    writeFileSync(path, bodyOf(list));
    return path;
  };
  const spoiled = spoil(records, onePercent(count));
  return {
    keys,
    records,
    bytes: bodyOf(records),
    verdicts: records.map(() => true),
    spoiled,
    path: file("sound", records),
    spoiledPath: file("spoiled", spoiled.records),
    otherPath: file("other", makeRecords({ count, keys, set: "other" })),
  };
}

/** dbsharing in a new process for each pass, as wasm and as native code. */
function dbsharingLanes({ native, forThisProcessor, wants }) {
  const wasm = [process.execPath, fileURLToPath(new URL("first-pass.js", import.meta.url))];
  const lanes = [inNewProcess("dbsharing", "dbsharing, wasm, one thread", wasm)];
  if (native === "none" || !wants("native")) return lanes;
  const program = native ?? buildNative();
  if (program === undefined) console.error("bench: there is no cargo, so the native core is left out");
  else lanes.push(inNewProcess("native", "dbsharing's core, native", [program]));
  if (program !== undefined && forThisProcessor) {
    const tuned = buildNative({ forThisProcessor });
    lanes.push({ ...inNewProcess("native", "  the same, for this processor", [tuned]), row: "native-tuned" });
  }
  return lanes;
}

function inNewProcess(id, name, command) {
  return {
    id,
    name,
    count: ({ records }) => records.length,
    async judge({ otherPath, spoiledPath, spoiled }) {
      const { verdicts } = await passesOf(command, otherPath, spoiledPath);
      return { verdicts, wanted: spoiled.verdicts };
    },
    async run({ otherPath, path, verdicts: wanted }) {
      const { first, again, verdicts } = await passesOf(command, otherPath, path);
      return { times: { first, again }, verdicts, wanted };
    },
  };
}

function inThisProcess({ id, name, share = 1, verdicts: judge, judgesNothing = false }) {
  const count = ({ records }) => (share === 1 ? records.length : sampleSize(records.length, share));
  return {
    id,
    name,
    count,
    async judge(corpus) {
      const records = corpus.records.slice(0, count(corpus));
      const { records: list, verdicts: wanted } = spoil(records, onePercent(records.length));
      const verdicts = await judge(bodyOf(list));
      return { verdicts, wanted: judgesNothing ? records.map(() => true) : wanted };
    },
    async run(corpus) {
      const records = corpus.records.slice(0, count(corpus));
      const bytes = records.length === corpus.records.length ? corpus.bytes : bodyOf(records);
      const { result, time } = await measured(() => judge(bytes));
      return { times: { once: time }, verdicts: result, wanted: records.map(() => true) };
    },
  };
}

const sampleSize = (count, share) => Math.min(count, Math.max(MIN_SAMPLE, Math.round(count * share)));

/** Throws a sentence unless the lane finds exactly the records that are spoiled. Warms its code, besides. */
async function mustAgree(lane, corpus) {
  compare(lane, await lane.judge(corpus));
  compare(lane, await lane.run(corpus));
}

function compare({ name }, { verdicts, wanted }) {
  const wrong = wanted.flatMap((verdict, at) => (verdicts[at] === verdict ? [] : [at]));
  if (wrong.length === 0 && verdicts.length === wanted.length) return;
  const places = wrong.slice(0, 5).join(", ");
  throw new Error(`${name.trim()} disagrees on ${wrong.length} of ${wanted.length} records: ${places}`);
}

function newRows(lane, corpus) {
  const times = {};
  return {
    async run() {
      const done = await lane.run(corpus);
      compare(lane, done);
      for (const [when, time] of Object.entries(done.times)) (times[when] ??= []).push(time);
    },
    results: () =>
      Object.entries(times).map(([when, list]) => {
        const records = lane.count(corpus);
        return { id: lane.row ?? lane.id, when, name: lane.name, keys: corpus.keys, records, ...perItem(list, records) };
      }),
  };
}

main().catch((error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
