// npm run fuzz:rust -- --seconds 600 body record     these fuzz targets, each for that long; all of them if none is named
//
// Needs a nightly Rust and `cargo install cargo-fuzz`. What it finds is kept in tests/fuzz/corpus/ and fails from then
// on in `cargo test`; inputs that only reach further into the code go to target/fuzz-corpus/.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { root } from "../../.ci/toolchain.mjs";

const TARGETS = ["body", "canonical", "query", "record", "symbols"];

function readArguments() {
  const options = { seconds: { type: "string", default: "300" } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const unknown = positionals.find((name) => !TARGETS.includes(name));
  if (unknown) throw new Error(`"${unknown}" is not a target; the targets are ${TARGETS.join(", ")}`);
  const seconds = Number(values.seconds);
  if (!Number.isSafeInteger(seconds) || seconds < 1) throw new Error("--seconds wants a whole number from 1");
  return { seconds, targets: positionals.length > 0 ? positionals : TARGETS };
}

/** Whether the target found nothing in that time. */
function holds(target, seconds) {
  const kept = `tests/fuzz/corpus/${target}`;
  const grown = `target/fuzz-corpus/${target}`;
  mkdirSync(`${root}/${grown}`, { recursive: true });
  // A finding is written beside the seeds, so that it stays.
  const fuzzer = [`-max_total_time=${seconds}`, "-max_len=2048", "-timeout=20", `-artifact_prefix=${root}/${kept}/`];
  const build = ["--fuzz-dir", "tests/fuzz", "--target-dir", "target/fuzz", "-O", "-a"];
  const args = ["+nightly", "fuzz", "run", ...build, target, grown, kept, "--", ...fuzzer];
  const { status, error } = spawnSync("cargo", args, { cwd: root, stdio: "inherit" });
  if (error) throw error;
  return status === 0;
}

try {
  const { seconds, targets } = readArguments();
  const failed = targets.filter((target) => !holds(target, seconds));
  if (failed.length > 0) console.error(`fuzz: ${failed.join(", ")} failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
} catch (error) {
  console.error(`fuzz: ${error.message}`);
  process.exitCode = 2;
}
