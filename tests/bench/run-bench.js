// How every bench runs: it prints its help, or measures, adds the run to the history, and prints what it found.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { History, changesBetween, changesText, entryOf } from "./history.js";

/**
 * Runs the bench that this process was started for. `measure(options, folder)` resolves with its results, and may write to
 * the folder, which is temporary; `report(results, options)` gives them as text, and `figuresOf(results)` what the history
 * keeps. The exit code is 1 where something fails.
 */
export async function runBench({ help, readOptions, ...bench }) {
  try {
    const options = readOptions(process.argv.slice(2));
    console.log(options.help ? help : await outputOf(options, bench));
  } catch (error) {
    console.error(`bench: ${error.message}`);
    process.exitCode = 1;
  }
}

async function outputOf(options, { name, measure, report, figuresOf }) {
  const history = options.historyFolder && new History(options.historyFolder, name);
  const results = await inTemporaryFolder((folder) => measure(options, folder));
  const found = history && addedTo(history, entryOf(results, options.settings, figuresOf(results)));
  if (options.json) return JSON.stringify({ ...results, changes: found?.changes }, null, 2);
  return [report(results, options), ...(found ? [changesText(found)] : [])].join("\n\n");
}

function addedTo(history, entry) {
  const earlier = history.add(entry);
  return { path: history.path, earlier, changes: earlier && changesBetween(earlier, entry) };
}

async function inTemporaryFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), "dbsharing-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
