// The native example: built where there is a cargo, or taken as it is.
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { root, toolEnvironment } from "../../.ci/toolchain.mjs";

const run = promisify(execFile);

/** Builds the example and gives the path of its program; undefined where there is no cargo. */
export function buildNative({ forThisProcessor = false } = {}) {
  const target = join(root, forThisProcessor ? "target/this-processor" : "target");
  const flags = forThisProcessor ? { RUSTFLAGS: "-Ctarget-cpu=native" } : {};
  const options = {
    cwd: root,
    env: toolEnvironment({ ...flags, CARGO_TARGET_DIR: target }),
    stdio: ["ignore", "ignore", "inherit"],
  };
  const { error, status } = spawnSync("cargo", ["build", "--locked", "--release", "--example", "bench-native"], options);
  if (error?.code === "ENOENT") return undefined;
  if (status !== 0) throw new Error("the native example does not build");
  return programIn(join(target, "release/examples"));
}

function programIn(folder) {
  return ["bench-native", "bench-native.exe"].map((name) => join(folder, name)).find((path) => existsSync(path));
}

/** The version of the compiler, or undefined. */
export function rustVersion() {
  const { stdout, status } = spawnSync("rustc", ["--version"], { env: toolEnvironment(), encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** What a program prints that is given two bodies: the times of two passes over the second, and its verdicts. */
export async function passesOf(command, otherPath, path) {
  const [program, ...args] = command;
  const { stdout } = await run(program, [...args, otherPath, path], { maxBuffer: 64 * 1024 * 1024 });
  const { first, again, verdicts } = JSON.parse(stdout);
  return { first, again, verdicts: [...verdicts].map((digit) => digit === "1") };
}
