// npm test                 set-up, then every check in order, even if one fails, and a table
// npm run test:fast        the same without what takes long; `npm run test:slow` runs only that, and npm test runs both
// npm run test:rust        one part: rust, wasm, js, types, package or frameworks; `node .ci/test.mjs pkg js` runs the
//                          parts it names, `node .ci/test.mjs fast js` what is fast in them
// With CI=true a skipped test is a failure.
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { countTests, nodeTest, shown } from "./commands.mjs";
import { root } from "./toolchain.mjs";

/** Files with tests that take long: with many thousands of records or bodies, attacks, benches, bundlers, runtimes. */
const slowFiles = [
  "tests/attacks/answers.test.js",
  "tests/attacks/requests.test.js",
  "tests/browser/conformance.test.js",
  "tests/browser/package.test.js",
  "tests/js/bench-peers.test.js",
  "tests/js/bench-round.test.js",
  "tests/js/bench-spread.test.js",
  "tests/js/bench-stores.test.js",
  "tests/js/bench.test.js",
  "tests/js/closing-peers.test.js",
  "tests/js/conformance.test.js",
  "tests/js/honest.test.js",
  "tests/js/real-task.test.js",
  "tests/js/service-attacks.test.js",
  "tests/package/copies.test.js",
  "tests/package/runtimes.test.js",
  "tests/stores/redis-clients.test.js",
];

/** Folders where every test takes long. */
const slowFolders = ["tests/closings", "tests/frameworks", "tests/koii", "tests/recipes"];

/** Every check in order, slow ones last: the part to which it belongs, its name in the table, and its command. */
const checks = [
  check("setup", "set-up of tools and browser", "bash .ci/setup.sh", {
    neededBy: ["rust", "pkg", "wasm", "package", "frameworks"],
  }),
  check("rust", "cargo fmt", "cargo fmt --check"),
  check("rust", "cargo clippy, host", "cargo clippy --locked --all-targets -- -D warnings"),
  // This one only adds the border to JavaScript and its tests.
  check(
    "rust",
    "cargo clippy, wasm32",
    "cargo clippy --locked --lib --test browser --test node --target wasm32-unknown-unknown -- -D warnings",
  ),
  check("rust", "licences and bans of crates", "node .ci/crates.mjs"),
  // The documentation of the core, private items included, builds without warnings: no link is broken.
  check("rust", "cargo doc", "cargo rustdoc --locked --lib -- -D warnings --document-private-items"),
  tests("rust", "cargo test", "cargo test --locked"),
  tests("rust", "simulated networks", "cargo test --locked --profile simulation --test simulated", { isSlow: true }),
  check("pkg", "pkg/ matches the sources", "node .ci/build.mjs --check"),
  // The first of these two builds the tests for both.
  tests("wasm", "wasm-pack test, Chromium", "wasm-pack test --headless --chrome -- --locked --test browser"),
  tests("wasm", "wasm-pack test, Node", "wasm-pack test --node -- --locked --test node"),
  check("js", "format and lint", "biome check --error-on-warnings"),
  check("js", "js/dist is built", "node .ci/build.mjs --js", { neededBy: ["js"] }),
  ...nodeTests("js", "node --test", ["tests/js", "tests/stores", "tests/network", "tests/crash", "tests/attacks"]),
  ...nodeTests("js", "node --test, browsers", ["tests/browser"]),
  ...nodeTests("types", "types of the packed tarball", ["tests/types"]),
  check("types", "API reference, no warning", "typedoc --options .typedoc.json"),
  ...nodeTests("package", "the packed tarball", ["tests/package"]),
  ...nodeTests("package", "tasks on nodes of the platform", ["tests/koii"]),
  check("setup", "set-up of frameworks", "bash .ci/setup.sh frameworks", { neededBy: ["frameworks"], isSlow: true }),
  ...nodeTests("frameworks", "closings and frameworks", ["tests/closings", "tests/frameworks"]),
  ...nodeTests("js", "recipes of the README", ["tests/recipes"]),
].sort((one, other) => one.isSlow - other.isSlow);

/** A command that succeeds or fails as a whole. `neededBy` names the parts that it runs with, fast or slow. */
function check(part, name, command, { neededBy = [], isSlow = false } = {}) {
  return { part, name, command, neededBy, isSlow, countsTests: false };
}

/** A command whose summary says how many tests ran. */
function tests(part, name, command, options) {
  return { ...check(part, name, command, options), countsTests: true };
}

/** The tests in these folders: a check for those that are fast, and one for those that are slow. */
function nodeTests(part, name, folders) {
  const files = folders.filter((folder) => existsSync(join(root, folder))).flatMap(testFiles);
  if (files.length === 0) throw new Error(`there are no tests in ${folders.join(", ")}`);
  return [false, true].flatMap((isSlow) => {
    const some = files.filter((path) => isSlowFile(path) === isSlow);
    return some.length === 0 ? [] : [tests(part, isSlow ? `${name}, slow` : name, nodeTest(some).join(" "), { isSlow })];
  });
}

function isSlowFile(path) {
  return slowFiles.includes(path) || slowFolders.includes(dirname(path));
}

function testFiles(folder) {
  const names = readdirSync(join(root, folder)).filter((name) => /\.test\.m?js$/.test(name));
  return names.map((name) => `${folder}/${name}`);
}

/** The checks that the words choose, which are parts, "fast" and "slow", and the checks that those need. */
function chosenChecks(words) {
  const speeds = words.filter((word) => word === "fast" || word === "slow");
  const parts = words.filter((word) => !speeds.includes(word));
  const known = new Set(checks.map(({ part }) => part));
  const unknown = parts.find((part) => !known.has(part));
  if (unknown) throw new Error(`there is no part "${unknown}"; wanted one of ${[...known].join(", ")}`);
  const isChosen = ({ part, isSlow }) =>
    (parts.length === 0 || parts.includes(part)) && (speeds.length === 0 || speeds.includes(isSlow ? "slow" : "fast"));
  const chosen = checks.filter(isChosen);
  if (chosen.length === 0) throw new Error(`there is no check that is ${words.join(" ")}`);
  const isNeeded = ({ neededBy }) => chosen.some(({ part }) => neededBy.includes(part));
  return checks.filter((one) => chosen.includes(one) || isNeeded(one));
}

/** The result of one command. A check counts as one; if tests are expected, none at all is a failure. */
function countsOf({ countsTests }, { output, exitCode }) {
  if (!countsTests) return exitCode === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
  const { passed, failed, skipped } = countTests(output);
  const forbidden = process.env.CI === "true" ? skipped : 0;
  const somethingElse = exitCode !== 0 || passed === 0 ? 1 : 0;
  return { passed, failed: failed + forbidden || somethingElse, skipped };
}

async function runCheck(one) {
  console.log(`\n── ${one.part}: ${one.name}`);
  const startedAtMs = Date.now();
  const counts = countsOf(one, await shown(one.command.split(" ")));
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
  const gone = [...slowFiles, ...slowFolders].find((path) => !existsSync(join(root, path)));
  if (gone) throw new Error(`${gone} does not exist; .ci/test.mjs names it`);
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
