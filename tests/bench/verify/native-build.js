// The native example: the core without wasm, built where there is a cargo.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root, toolEnvironment } from "../../../.ci/toolchain.mjs";

/** Builds the example and gives the path of its program; undefined where there is no cargo. */
export function buildNative({ forThisProcessor = false } = {}) {
  const target = join(root, forThisProcessor ? "target/this-processor" : "target");
  const flags = forThisProcessor ? { RUSTFLAGS: "-Ctarget-cpu=native" } : {};
  const args = ["build", "--locked", "--quiet", "--release", "--example", "bench-native"];
  const env = toolEnvironment({ ...flags, CARGO_TARGET_DIR: target });
  const { error, status } = spawnSync("cargo", args, { cwd: root, env, stdio: ["ignore", "ignore", "inherit"] });
  if (error?.code === "ENOENT") return undefined;
  if (status !== 0) throw new Error("the native example does not build");
  return nativeProgramIn(join(target, "release"));
}

/** The built example in a folder of cargo's, or undefined. */
export function nativeProgramIn(folder) {
  const names = ["bench-native", "bench-native.exe"];
  return names.map((name) => join(folder, "examples", name)).find((path) => existsSync(path));
}

/** The compiler's version, or undefined. */
export function rustVersion() {
  const { stdout, status } = spawnSync("rustc", ["--version"], { env: toolEnvironment(), encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
