// The programs that run JavaScript: set-up installs these versions.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { toolEnvironment } from "../../.ci/toolchain.mjs";

/** Every Node, the oldest first: existing tasks run in it. */
export const nodes = [
  { command: "node18", version: "18.12.1" },
  { command: "node1820", version: "18.20.8" },
  { command: "node20", version: "20.20.2" },
  { command: "node22", version: "22.23.3" },
  { command: "node24", version: "24.21.0" },
  { command: "node26", version: "26.10.0" },
];
export const oldestNode = nodes[0];
export const newestNode = nodes[nodes.length - 1];
export const bun = { command: "bun", version: "1.4.5" };
export const deno = { command: "deno", version: "2.9.6" };
export const workerd = { command: "workerd", version: "2026-11-17" };

/** The path of an engine; undefined if it is not installed. */
export function pathOf({ command }) {
  const folders = toolEnvironment().PATH.split(delimiter);
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path));
}

/** The option `skip` of a test that needs the engine. */
export function reasonToSkip(engine) {
  return pathOf(engine) === undefined && `${engine.command} is not installed: bash .ci/setup.sh does it`;
}
