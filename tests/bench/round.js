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
import { Stage } from "./round/stage.js";
import { writePlots } from "./round/plots.js";
import { report } from "./round/report.js";
import { middle, rowOf } from "./round/rows.js";
import { passesOf } from "./round/scenarios.js";
import { reached } from "./round/targets.js";
import { bodyOf } from "./corpus.js";

const RIVALS = ["axios", "tweetnacl", "bs58", "classic-level", "nedb-promises"];

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
  const runs = runsOf(options);
  const stage = new Stage(options, bodies, folder);
  try {
    for (let pass = 0; pass < Math.max(...runs.map(({ passes }) => passes)); pass += 1) {
      for (const scenario of options.scenarios) await playPass(stage, runs, scenario, pass);
    }
  } finally {
    await stage.end();
  }
  return resultsOf(options, bodies, runs);
}

/** Who plays what and how often; says whom it leaves out. */
function runsOf({ scenarios, passes: given }) {
  const reasons = new Set();
  const runs = scenarios.flatMap((scenario) =>
    scenario.contenders.flatMap((id) => {
      const missing = contenders[id].missing?.();
      if (missing !== undefined) reasons.add(missing);
      return missing === undefined ? [{ scenario, id, passes: passesOf(scenario, id, given), turns: [] }] : [];
    }),
  );
  for (const reason of reasons) console.error(`bench: ${reason}`);
  return runs;
}

async function playPass(stage, runs, scenario, pass) {
  const playing = runs.filter((run) => run.scenario === scenario && pass < run.passes);
  // Nobody always comes after the same one.
  if (pass % 2 === 1) playing.reverse();
  for (const { id, turns } of playing) turns.push(...(await stage.pass(scenario, id)));
}

function resultsOf({ records }, bodies, runs) {
  const rows = runs.map((run) => rowOf(run, records));
  const bytesPerRecord = bodyOf(bodies.sound(records).records).length / records;
  const turns = runs.flatMap((run) => run.turns);
  const known = { stallOf50Ms: middle(turns, "stallOf50Ms"), cpuOf50Ms: middle(turns, "cpuOf50Ms") };
  return { ...machine(RIVALS), records, bytesPerRecord, ...known, rows, targets: reached(rows) };
}

main().catch((error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
