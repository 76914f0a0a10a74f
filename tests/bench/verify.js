// npm run bench:verify: see verify/options.js.
//
// Each lane runs in a process of its own, started again for each pass: no lane pays for the garbage of another, nothing is
// remembered but what a lane itself measures, and noise on the machine affects all lanes alike.
import { Corpus, lanesOf } from "./verify/lanes.js";
import { machine } from "./machine.js";
import { runBench } from "./run-bench.js";
import { perItem } from "./stopwatch.js";
import { HELP, readOptions } from "./verify/options.js";
import { report } from "./verify/report.js";
import { ratios } from "./verify/targets.js";

const [MANY_KEYS, FEW_KEYS] = [10_000, 10];

async function measureAll(options, folder) {
  const corpora = [MANY_KEYS, FEW_KEYS].map((keys) => new Corpus(options.records, keys, folder));
  const runs = lanesOf(options).flatMap((lane) =>
    corpora.filter(({ keys }) => lane.fewKeys || keys === MANY_KEYS).map((corpus) => ({ lane, corpus, times: {} })),
  );
  const passesOf = ({ lane }) => (lane.isCompared ? options.comparedPasses : options.passes);
  for (let pass = 0; pass < Math.max(...runs.map(passesOf), 0); pass += 1) {
    const playing = runs.filter((run) => pass < passesOf(run));
    // The order is reversed in every other pass, so that no lane always follows the same one.
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

/** The times of each row for the history, in microseconds for each record. */
function figuresOf({ rows }) {
  return rows.flatMap(({ id, pass, keys, turns, medianUs, spreadUs, cpuUs, cpuSpreadUs }) => {
    const name = `${id}, ${pass}, ${keys} keys`;
    const wall = { name: `${name}: wall µs`, turns, median: medianUs, spread: spreadUs };
    return cpuUs === undefined ? [wall] : [wall, { name: `${name}: CPU µs`, turns, median: cpuUs, spread: cpuSpreadUs }];
  });
}

await runBench({ name: "verify", help: HELP, readOptions, measure: measureAll, report, figuresOf });
