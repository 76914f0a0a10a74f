// npm run bench:round: see HELP in round/options.js.
//
// Each contender runs in a process of its own and anew in each pass, and contenders take turns, so that who makes noise
// on the machine hits all alike. What each ends with is compared with the records that were served.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { machine } from "./machine.js";
import { Bodies } from "./round/bodies.js";
import { contenders } from "./round/contenders.js";
import { HELP, readOptions } from "./round/options.js";
import { Stage } from "./round/play.js";
import { writePlots } from "./round/plots.js";
import { report } from "./round/report.js";
import { countOf } from "./round/scenarios.js";
import { reached } from "./round/targets.js";
import { bodyOf } from "./corpus.js";
import { median } from "./stopwatch.js";

const RIVALS = ["axios", "tweetnacl", "bs58", "classic-level"];

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(HELP);
  const folder = mkdtempSync(join(tmpdir(), "dbsharing-bench-"));
  try {
    const results = await measureAll(options, folder);
    const plots = writePlots(results, options.plots);
    if (options.json) return console.log(JSON.stringify(results, null, 2));
    console.log(report(results));
    console.log(`\n${plots.length} plots are in ${options.plots}: ${plots.join(", ")}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measureAll(options, folder) {
  const bodies = new Bodies(folder);
  const runs = options.scenarios.flatMap((scenario) => scenario.contenders.map((id) => ({ scenario, id, turns: [] })));
  const stage = new Stage(options, bodies, folder);
  try {
    for (let pass = 0; pass < options.passes; pass += 1) {
      for (const run of runs.filter(({ scenario }) => pass === 0 || !scenario.slow)) {
        run.turns.push(...(await stage.pass(run.scenario, run.id)));
      }
    }
  } finally {
    await stage.end();
  }
  return resultsOf(options, bodies, runs);
}

function resultsOf({ records, passes }, bodies, runs) {
  const rows = runs.map((run) => rowOf(run, records));
  const bytesPerRecord = bodyOf(bodies.sound(records).records).length / records;
  const stallOf50Ms = middle(runs.flatMap(({ turns }) => turns), "stallOf50Ms");
  return { ...machine(RIVALS), records, passes, bytesPerRecord, stallOf50Ms, rows, targets: reached(rows) };
}

const MEDIANS = ["wallMs", "cpuMs", "bytes", "requests", "verifications", "storeReads", "stallMs", "peakMb"];

function rowOf({ scenario, id, turns }, records) {
  return {
    scenario: scenario.id,
    title: scenario.title,
    id,
    name: contenders[id].name,
    records: countOf(scenario, records),
    peers: scenario.peers,
    turns: turns.length,
    ...Object.fromEntries(MEDIANS.map((name) => [name, middle(turns, name)])),
    worstStallMs: Math.max(...turns.map(({ stallMs }) => stallMs)),
    isEstimated: turns.some(({ isEstimated }) => isEstimated),
  };
}

/** The median of what these turns say under a name; undefined where they say nothing. */
function middle(turns, name) {
  const values = turns.map((turn) => turn[name]).filter(Number.isFinite);
  return values.length > 0 ? median(values.sort((one, other) => one - other)) : undefined;
}

main().catch((error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
