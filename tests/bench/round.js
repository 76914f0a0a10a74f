// npm run bench:round: see round/options.js.
//
// Each contender runs in a process of its own, started again for each pass, and contenders take turns, so that noise on
// the machine affects all of them alike. What each ends with is compared with the records that were served.
import { bodyOf } from "./corpus.js";
import { machine } from "./machine.js";
import { Bodies } from "./round/bodies.js";
import { contenders } from "./round/contenders.js";
import { HELP, readOptions } from "./round/options.js";
import { writePlots } from "./round/plots.js";
import { report } from "./round/report.js";
import { figuresOf, middle, rowOf } from "./round/rows.js";
import { passesOf } from "./round/scenarios.js";
import { Stage } from "./round/stage.js";
import { reached } from "./round/targets.js";
import { runBench } from "./run-bench.js";

const RIVALS = ["axios", "tweetnacl", "bs58", "classic-level", "nedb-promises"];

async function measureAndDraw(options, folder) {
  const results = await measureAll(options, folder);
  return { ...results, plots: writePlots(results, options.plots) };
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

/** Which contender plays which scenario, and how often; reports the contenders that are left out. */
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
  // The order is reversed in every other pass, so that no contender always follows the same one.
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

await runBench({
  name: "round",
  help: HELP,
  readOptions,
  measure: measureAndDraw,
  report: (results, { plots: folder }) =>
    `${report(results)}\n\n${results.plots.length} plots are in ${folder}: ${results.plots.join(", ")}`,
  figuresOf,
});
