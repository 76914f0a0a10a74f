// Whether a program that tests start is installed: a runtime, a database server.
import { spawnSync } from "node:child_process";
import { toolEnvironment } from "../../.ci/toolchain.mjs";

/** Why this program cannot be started here; undefined if it can. */
export function whyNo(program) {
  const { status } = spawnSync(program, ["--version"], { stdio: "ignore", env: toolEnvironment() });
  return status === 0 ? undefined : `${program} is not installed; .ci/setup.sh installs it`;
}
