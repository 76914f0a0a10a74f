// dbsharing as it is here, and version 0.1.0 as it was released: no later version may be slower.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../.ci/toolchain.mjs";

/** The contender that is the released package. */
export const RELEASED = "0.1.0";
/** The commit that 0.1.0 was packed from. Its pkg/ is committed, so its JavaScript can be built without Rust. */
const COMMIT = "d10dc05d8cd5324433d038e35fd7b447420f9de1";
const PARTS = ["js", "pkg", "package.json", ".ci"];
const BUILDS = join(root, "target/released");

/** A module of one of the two packages: "dbsharing" or RELEASED. */
export async function importFrom(packageId, path) {
  return import(pathToFileURL(pathIn(packageId, path)));
}

/** Where a file of one of the two packages is. */
export function pathIn(packageId, path) {
  const folder = packageId === RELEASED ? releasedFolder() : root;
  if (folder === undefined) throw new Error(whyNotReleased());
  return join(folder, path);
}

/** The reason why the released package cannot run here; undefined if it can. */
export function whyNotReleased() {
  if (releasedFolder() !== undefined) return undefined;
  const advice = 'it is left out; "git fetch --unshallow" brings it';
  return `version ${RELEASED} (commit ${COMMIT.slice(0, 7)}) is not in the history of this clone, so ${advice}`;
}

/** The folder of the released package, made at the first use; undefined if its commit is not known. */
function releasedFolder() {
  const folder = join(BUILDS, COMMIT);
  if (existsSync(folder)) return folder;
  if (!isInHistory()) return undefined;
  mkdirSync(BUILDS, { recursive: true });
  const fresh = mkdtempSync(`${folder}-`);
  try {
    build(fresh);
    renameSync(fresh, folder);
  } catch (error) {
    // Another process may have been first.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

function isInHistory() {
  return spawnSync("git", ["cat-file", "-e", `${COMMIT}^{commit}`], { cwd: root }).status === 0;
}

/** The folder lies inside this project, so the build finds the packages that it needs. */
function build(folder) {
  const archive = join(folder, "released.tar");
  const steps = [
    ["git", ["archive", "--output", archive, COMMIT, ...PARTS]],
    ["tar", ["-xf", archive, "-C", folder]],
    [process.execPath, [join(folder, ".ci/build.mjs"), "--js"]],
  ];
  for (const [command, args] of steps) {
    const { status, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
    if (status !== 0) throw new Error(`version ${RELEASED} does not build: ${command} ${args[0]} says ${stderr}`);
  }
  rmSync(archive);
}
