// npm run bench:verify: see HELP in options.js.
//
// Each lane runs in a process of its own and anew in each pass: nobody's garbage is another's, nothing is remembered
// but what a lane itself measures, and who makes noise on the machine hits all lanes alike.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Corpus, lanesOf } from "./verify/lanes.js";
import { machine } from "./machine.js";
import { HELP, readOptions } from "./verify/options.js";
import { report } from "./verify/report.js";
import { perItem } from "./stopwatch.js";
import { ratios } from "./verify/targets.js";

const [MANY_KEYS, FEW_KEYS] = [10_000, 10];

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
  const corpora = [MANY_KEYS, FEW_KEYS].map((keys) => new Corpus(options.records, keys, folder));
  const runs = lanesOf(options).flatMap((lane) =>
    corpora.filter(({ keys }) => lane.fewKeys || keys === MANY_KEYS).map((corpus) => ({ lane, corpus, times: {} })),
  );
  const passesOf = ({ lane }) => (lane.isCompared ? options.comparedPasses : options.passes);
  for (let pass = 0; pass < Math.max(...runs.map(passesOf), 0); pass += 1) {
    const playing = runs.filter((run) => pass < passesOf(run));
    // Nobody always comes after the same one.
    if (pass % 2 === 1) playing.reverse();
    for (const run of playing) await addPass(run, { alsoSpoiled: pass === 0 });
  }
  const rows = runs.flatMap(rowsOf);
  const [{ bytes }] = corpora;
  const { records } = options;
  return { ...machine(), records, bytesPerRecord: bytes / records, rows, ratios: ratios(rows) };
}

async function addPass({ lane, corpus, times }, how) {
  for (const [name, list] of Object.entries(await lane.pass(corpus, how))) (times[name] ??= []).push(...list);
}

function rowsOf({ lane, corpus, times }) {
  const records = lane.countOf(corpus);
  return Object.entries(times).map(([pass, list]) => {
    const row = { id: lane.id, pass, name: lane.name, keys: corpus.keys, records };
    return { ...row, turns: list.length, ...perItem(list, records) };
  });
}

main().catch((error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
