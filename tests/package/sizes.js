// How large the package is, and how long it takes until it can be used.
// npm run sizes: prints the sizes; with --write it records them in sizes.json.
import { execFile } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { packed, root } from "./install.js";

const run = promisify(execFile);
const STARTS = 5;
const RECORD = join(root, "tests/package/sizes.json");

/** The sizes in bytes, by the names that tests/package/sizes.json has. */
export async function measuredBytes() {
  return {
    wasm: (await stat(join(root, "pkg/dbsharing_bg.wasm"))).size,
    "default entry, gzip": gzipSync(await entryOfPage(), { level: 9 }).length,
    tarball: (await stat(await packed())).size,
  };
}

/** Everything that a page with an import of "dbsharing" loads, as one minified file. */
async function entryOfPage() {
  const settings = { bundle: true, minify: true, format: "esm", platform: "browser", write: false };
  const { outputFiles } = await build({ entryPoints: [join(root, "js/index.js")], ...settings });
  return outputFiles[0].contents;
}

/** Milliseconds from the import of the default entry to its first verdict, in a process of its own: the median. */
export async function startMs() {
  const entry = JSON.stringify(pathToFileURL(join(root, "js/index.js")).href);
  const program = `
    const began = performance.now();
    const { verifyRecord } = await import(${entry});
    verifyRecord({});
    console.log(performance.now() - began);`;
  const times = [];
  while (times.length < STARTS) {
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program]);
    times.push(Number(stdout));
  }
  return times.sort((one, other) => one - other)[(STARTS - 1) / 2];
}

/** A line of a table: the size, the goal, and the difference. */
export function lineOf(name, present, wanted, unit) {
  const rest = present <= wanted ? "reached" : `short by ${present - wanted} ${unit}`;
  return `${name.padEnd(24)} ${`${present} ${unit}`.padStart(14)}   wanted ${`${wanted} ${unit}`.padStart(14)}   ${rest}`;
}

/** The recorded sizes, and the goals. */
export const readSizes = async () => JSON.parse(await readFile(RECORD, "utf8"));

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const recordedBytes = await measuredBytes();
  console.log(recordedBytes);
  const sizes = { ...(await readSizes()), recordedBytes };
  if (process.argv.includes("--write")) await writeFile(RECORD, `${JSON.stringify(sizes, null, 2)}\n`);
}
