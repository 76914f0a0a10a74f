// npm run bench:peers: see peers/options.js.
//
// Each run of a contender has two processes of its own, and contenders take turns, so that noise on the machine affects all
// of them alike.
import { machine } from "./machine.js";
import { contenders } from "./peers/contenders.js";
import { installed } from "./peers/installed.js";
import { HELP, readOptions } from "./peers/options.js";
import { report } from "./peers/report.js";
import { rowOf } from "./peers/rows.js";
import { scenarios } from "./peers/scenarios.js";
import { Stage } from "./peers/stage.js";
import { reached } from "./peers/targets.js";
import { figuresOf } from "./round/rows.js";
import { runBench } from "./run-bench.js";
import { median } from "./stopwatch.js";

async function measureAll(options, folder) {
  const { records, runs, contenders: ids } = options;
  const others = ids.some((id) => contenders[id].isInstalledHere) ? installed() : {};
  const stage = new Stage(options, folder);
  const played = [];
  for (let run = 0; run < runs; run += 1) {
    // The order is reversed in every other run, so that no contender always follows the same one.
    const order = run % 2 === 0 ? ids : [...ids].reverse();
    for (const id of order) played.push({ id, ...(await stage.run(id)) });
  }
  const rows = scenarios.flatMap(({ id: scenario }) =>
    ids.map((id) => rowOf({ scenario, id, turns: turnsOf(played, id, scenario) })),
  );
  return { ...ranOn(others), records, runs, ownBytes: stage.ownBytes, ...knownOf(played), rows, targets: reached(rows) };
}

function ranOn(others) {
  const on = machine(["classic-level", "bs58"]);
  return { ...on, packages: { ...on.packages, ...others } };
}

const turnsOf = (played, id, scenario) => played.filter((one) => one.id === id).flatMap(({ turns }) => turns[scenario]);

/** What a loop that was blocked on purpose was measured as: the medians over all runs. */
function knownOf(played) {
  const middle = (name) => median(played.map(({ known }) => known[name]).sort((one, other) => one - other));
  return { stallOf50Ms: middle("stallOf50Ms"), cpuOf50Ms: middle("cpuOf50Ms") };
}

await runBench({ name: "peers", help: HELP, readOptions, measure: measureAll, report, figuresOf });
