// The packages of package.json in this folder, which nothing else of the project needs.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { toolEnvironment } from "../../../.ci/toolchain.mjs";
import { versionOf } from "../machine.js";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

const wanted = () => JSON.parse(readFileSync(join(FOLDER, "package.json"), "utf8")).dependencies;

/** The versions of the packages, by their names. Installs them where one is missing or has another version. */
export function installed() {
  const isThere = ([name, version]) => existsSync(join(FOLDER, "node_modules", name)) && versionOf(name, FOLDER) === version;
  if (!Object.entries(wanted()).every(isThere)) install();
  return wanted();
}

/** What npm says goes to stderr, because stdout may be JSON. */
function install() {
  const options = { cwd: FOLDER, env: toolEnvironment(), stdio: ["ignore", process.stderr, process.stderr] };
  const { status, error } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], options);
  if (status !== 0) throw new Error(`npm ci in ${FOLDER} failed: ${error?.message ?? `exit code ${status}`}`);
}
