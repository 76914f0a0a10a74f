// npm test                 set-up, then every check in order, all of them even when one fails, and a table
// npm run test:rust        one part: rust, wasm, js, types or package; `node .ci/test.mjs pkg js` runs the parts it names
// With CI=true a skipped test is a failure.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root, toolEnvironment } from "./toolchain.mjs";

/** Every check, in order: the part that it belongs to, its name in the table, and its command. */
const checks = [
  check("setup", "set-up of tools and browser", "bash .ci/setup.sh"),
  check("rust", "cargo fmt", "cargo fmt --check"),
  check("rust", "cargo clippy, host", "cargo clippy --locked --all-targets -- -D warnings"),
  check("rust", "cargo clippy, wasm32",
    "cargo clippy --locked --all-targets --target wasm32-unknown-unknown -- -D warnings"),
  tests("rust", "cargo test", "cargo test --locked"),
  check("pkg", "pkg/ matches the sources", "node .ci/build.mjs --check"),
  tests("wasm", "wasm-pack test, Chromium", "wasm-pack test --headless --chrome -- --locked --test browser"),
  tests("wasm", "wasm-pack test, Node", "wasm-pack test --node -- --locked --test node"),
  check("js", "js/dist is built", "node .ci/build.mjs --js"),
  tests("js", "node --test", nodeTest("tests/js", "tests/stores", "tests/network", "tests/crash")),
  tests("js", "node --test, browsers", nodeTest("tests/browser")),
  tests("types", "types of the packed tarball", nodeTest("tests/types")),
  check("types", "API reference, no warning", "typedoc --options .typedoc.json"),
  tests("package", "the tarball, everywhere", nodeTest("tests/package")),
];
const needSetUp = ["rust", "pkg", "wasm", "package"];

/** A command that succeeds or fails as a whole. */
function check(part, name, command) {
  return { part, name, command, countsTests: false };
}

/** A command whose summary says how many tests ran. */
function tests(part, name, command) {
  return { part, name, command, countsTests: true };
}

/** The command that runs the tests in these folders: files are named, because Node 18 knows no patterns. */
function nodeTest(...folders) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const since = (version, minorThen) => major > version || (major === version && minor >= minorThen);
  const reporter = since(18, 15) ? "--test-reporter=spec" : "";
  const concurrency = since(20, 10) ? "--test-concurrency=2" : "";
  const files = folders.filter((folder) => existsSync(join(root, folder))).flatMap(testFiles);
  if (files.length === 0) throw new Error(`there are no tests in ${folders.join(", ")}`);
  return ["node", reporter, concurrency, "--test", ...files].filter(Boolean).join(" ");
}

function testFiles(folder) {
  const names = readdirSync(join(root, folder)).filter((name) => /\.test\.m?js$/.test(name));
  return names.map((name) => `${folder}/${name}`);
}

function chosenChecks(parts) {
  const known = new Set(checks.map(({ part }) => part));
  const unknown = parts.find((part) => !known.has(part));
  if (unknown) throw new Error(`there is no part "${unknown}"; the parts are ${[...known].join(", ")}`);
  if (parts.length === 0) return checks;
  const withSetUp = parts.some((part) => needSetUp.includes(part)) ? ["setup", ...parts] : parts;
  return checks.filter(({ part }) => withSetUp.includes(part));
}

/** Runs a command with its output shown; gives back that output and the exit code. */
function shown(command) {
  return new Promise((resolve) => {
    const [program, ...args] = command.split(" ");
    const child = spawn(program, args, { cwd: root, env: toolEnvironment(), stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const show = (target) => (chunk) => {
      output += chunk;
      target.write(chunk);
    };
    child.stdout.setEncoding("utf8").on("data", show(process.stdout));
    child.stderr.setEncoding("utf8").on("data", show(process.stderr));
    child.on("error", (error) => resolve({ output: error.message, exitCode: 127 }));
    child.on("close", (exitCode) => resolve({ output, exitCode }));
  });
}

/** How many tests passed, failed and were skipped, by the summaries of cargo, wasm-bindgen and node --test. */
function countTests(output) {
  const sum = (...patterns) =>
    patterns.flatMap((pattern) => [...output.matchAll(pattern)]).reduce((total, [, count]) => total + Number(count), 0);
  return {
    passed: sum(/^test result: .* (\d+) passed/gm, /^(?:#|ℹ) pass (\d+)/gm),
    failed: sum(/^test result: .* (\d+) failed/gm, /^(?:#|ℹ) (?:fail|cancelled) (\d+)/gm),
    skipped: sum(/^test result: .* (\d+) ignored/gm, /^(?:#|ℹ) (?:skipped|todo) (\d+)/gm),
  };
}

/** The result of one command. A check counts as one; where tests are expected, none at all is a failure. */
function judge({ countsTests }, { output, exitCode }) {
  if (!countsTests) return exitCode === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
  const { passed, failed, skipped } = countTests(output.replace(/\x1b\[[0-9;]*m/g, ""));
  const forbidden = process.env.CI === "true" ? skipped : 0;
  const somethingElse = exitCode !== 0 || passed === 0 ? 1 : 0;
  return { passed, failed: failed + forbidden || somethingElse, skipped };
}

async function runCheck(one) {
  console.log(`\n── ${one.part}: ${one.name}`);
  const startedAtMs = Date.now();
  const counts = judge(one, await shown(one.command));
  return { ...one, ...counts, seconds: (Date.now() - startedAtMs) / 1000 };
}

function printTable(results) {
  console.log("\n── all checks");
  for (const { part, name, passed, failed, skipped, seconds } of results) {
    const counts = `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`;
    const result = (failed ? "FAILED" : "passed").padEnd(7);
    const time = `${seconds.toFixed(1)} s`.padStart(8);
    console.log(`${part.padEnd(7)} ${name.padEnd(28)} ${result} ${time}   ${counts}`);
  }
}

async function main() {
  const results = [];
  for (const one of chosenChecks(process.argv.slice(2))) results.push(await runCheck(one));
  printTable(results);
  const total = (field) => results.reduce((sum, result) => sum + result[field], 0);
  process.exitCode = total("failed") === 0 ? 0 : 1;
  console.log(`\n${total("passed")} passed, ${total("failed")} failed`);
}

main().catch((error) => {
  console.error(`test: ${error.message}`);
  process.exitCode = 1;
});
