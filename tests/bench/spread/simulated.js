// Networks that are simulated: tests/simulation/spread.rs, in a process for each.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root, toolEnvironment } from "../../../.ci/toolchain.mjs";

const PROFILE = ["--profile", "simulation", "--locked", "--example", "simulate"];
const NAMES = ["seed", "machines", "records", "peers", "writes", "intervals", "hostile", "reachable"];

/** Builds the program that simulates. */
export function buildSimulation() {
  execFileSync("cargo", ["build", ...PROFILE], { cwd: root, env: toolEnvironment(), stdio: ["ignore", "ignore", "inherit"] });
}

/** What became of a network: an object with the members that `Spread` of spread.rs prints. */
export function simulate(network) {
  const options = NAMES.filter((name) => network[name] !== undefined).flatMap((name) => [`--${name}`, String(network[name])]);
  const program = join(root, "target/simulation/examples/simulate");
  return JSON.parse(execFileSync(program, ["--spread", ...options], { encoding: "utf8" }));
}
