// npm run bench:stores: see stores/options.js.
//
// Each database is played in a process of its own, anew in each pass: first our store, then the bare driver doing the
// same work with the least code that does it, or the other way round in the next pass.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { toolEnvironment } from "../../.ci/toolchain.mjs";
import { machine } from "./machine.js";
import { runBench } from "./run-bench.js";
import { median, quartiles } from "./stopwatch.js";
import { databases } from "./stores/databases.js";
import { HELP, readOptions } from "./stores/options.js";
import { report } from "./stores/report.js";

const PROCESS = fileURLToPath(new URL("stores/database-process.js", import.meta.url));

const packages = Object.values(databases).flatMap(({ driver }) => driver ?? []);

async function measureAll(options) {
  const rows = [];
  for (const id of options.databases) rows.push(...(await play(id, options)));
  const { entries, passes } = options;
  return { ...machine(packages), entries, passes, rows };
}

/** The rows of one database: one for each kind of work, or one that says why it was left out. */
async function play(id, { entries, passes }) {
  const missing = await databases[id].whyNot?.();
  if (missing) return [{ id, missing }];
  const times = new Map();
  for (let pass = 0; pass < passes; pass += 1) {
    for (const { kind, by, ms } of await inProcess({ id, entries, oursFirst: pass % 2 === 0 })) {
      const name = `${kind} ${by}`;
      times.set(name, [...(times.get(name) ?? []), ms]);
    }
  }
  const ascending = (name) => (times.get(name) ?? [NaN]).sort((one, other) => one - other);
  const middle = (name) => median(ascending(name));
  const kinds = ["write", "rewrite", "scan", "get", "versions", "start"];
  return kinds.map((kind) => {
    const [oursMs, bareMs, releasedMs] = ["ours", "bare", "released"].map((by) => middle(`${kind} ${by}`));
    const oursSpreadMs = quartiles(ascending(`${kind} ours`));
    return { id, kind, entries, oursMs, oursSpreadMs, bareMs, ...(Number.isFinite(releasedMs) && { releasedMs }) };
  });
}

async function inProcess(task) {
  const env = { ...toolEnvironment(), NODE_NO_WARNINGS: "1" };
  const execPath = databases[task.id].runtime ?? process.execPath;
  const child = fork(PROCESS, [JSON.stringify(task)], { env, execPath });
  let answer;
  child.on("message", (message) => (answer = message));
  const [code] = await once(child, "exit");
  if (code !== 0 || answer === undefined) throw new Error(`the process of ${task.id} ended with ${code}`);
  return answer;
}

/** The times of our stores for the history. */
function figuresOf({ rows, passes }) {
  return rows
    .filter(({ missing }) => missing === undefined)
    .map(({ id, kind, oursMs, oursSpreadMs }) => {
      return { name: `${id}, ${kind}: ms`, turns: passes, median: oursMs, spread: oursSpreadMs };
    });
}

await runBench({ name: "stores", help: HELP, readOptions, measure: measureAll, report, figuresOf });
