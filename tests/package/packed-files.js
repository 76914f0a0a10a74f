// npm run packed: prints what the tarball would gain and lose against packed-files.json; with --write it writes that list.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { root } from "./install.js";

const LIST = join(root, "tests/package/packed-files.json");

/** The paths that npm would pack now, sorted. */
async function packedFiles() {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts", "--silent"];
  const { stdout } = await promisify(execFile)("npm", args, { cwd: root });
  return Object.values(JSON.parse(stdout))[0]
    .files.map(({ path }) => path)
    .sort();
}

/** The paths that npm would pack although the list lacks them, and those that are listed but would not be packed. */
export async function packedDifference() {
  const found = await packedFiles();
  const listed = JSON.parse(await readFile(LIST, "utf8"));
  return {
    new: found.filter((path) => !listed.includes(path)),
    gone: listed.filter((path) => !found.includes(path)),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await packedDifference());
  if (process.argv.includes("--write")) await writeFile(LIST, `${JSON.stringify(await packedFiles(), null, 2)}\n`);
}
