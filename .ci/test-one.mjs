// npm run test:one -- NAME         the tests whose names contain this, in Rust, wasm and JavaScript
// npm run test:one -- FILE         a test file: its path, or its name alone, such as `share` for tests/js/share.test.js
// npm run test:one -- FILE NAME    one test of a file
// Fails if no test ran.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildJavaScript } from "./build-js.mjs";
import { countTests, nodeTest, shown } from "./commands.mjs";
import { cargoTargetsWith, rustName, scriptFilesNamed, scriptFilesWith } from "./find-tests.mjs";
import { isSetUp, root } from "./toolchain.mjs";

const usage = "wanted the name of a test, a file, or both: npm run test:one -- NAME";

/** The commands for what was asked for: in Rust, in wasm, and the JavaScript files with the name to look for. */
function chosen([first, second]) {
  const rustFile = first.match(/^(?:tests\/)?(\w+)\.rs$/)?.[1];
  if (rustFile && existsSync(join(root, `tests/${rustFile}.rs`))) return { rust: rustTests([rustFile], second), files: [] };
  const files = scriptFilesNamed(first);
  if (files.length > 0) return { rust: [], files, name: second };
  if (/^[\w./-]+\.(m?js|rs)$/.test(first)) throw new Error(`nothing ran: there is no test file ${first}`);
  if (second !== undefined) throw new Error(`${first} is not a test file; ${usage}`);
  return { rust: rustTests(cargoTargetsWith(first), first), files: scriptFilesWith(first), name: first };
}

function rustTests(targets, name) {
  const filter = name === undefined ? [] : [rustName(name)];
  const onHost = targets.filter((target) => !inWasm.has(target));
  const host = [...cargoTest, ...onHost.flatMap(targetOption), ...filter];
  const wasm = targets
    .filter((target) => inWasm.has(target))
    .map((target) => [...wasmTest, ...targetOption(target), ...filter]);
  return onHost.length > 0 ? [host, ...wasm] : wasm;
}

const targetOption = (target) => (target === "--lib" ? [target] : ["--test", target]);

const cargoTest = ["cargo", "test", "--locked"];
/** What wasm-pack calls: wasm-pack itself passes on no name of a test. */
const runner = 'target.wasm32-unknown-unknown.runner="wasm-bindgen-test-runner"';
const wasmTest = [...cargoTest, "--config", runner, "--target", "wasm32-unknown-unknown"];
/** The targets that are wasm: in Node, and in the headless browser. */
const inWasm = new Set(["node", "browser"]);

/** Runs one command; resolves to how many tests passed and whether it failed. */
async function ran(command, isHidden) {
  console.log(`\n── ${command.join(" ")}`);
  const { output, exitCode } = await shown(command, isHidden);
  return { passed: countTests(output).passed, hasFailed: exitCode !== 0, output };
}

async function ranScripts(files, name) {
  await buildJavaScript();
  if (name === undefined) return ran(nodeTest(files));
  const pattern = name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const isOther = (line) => line.includes("test name does not match pattern");
  const result = await ran(nodeTest(files, [`--test-name-pattern=/${pattern}/i`]), isOther);
  // Not from the summary: newer Nodes count a file in which nothing matched as a test that passed.
  return { ...result, passed: titlesPassed(result.output).filter((title) => new RegExp(pattern, "i").test(title)).length };
}

const titlesPassed = (output) => [...output.matchAll(/^\s*(?:✔|ok \d+ -) (.*)$/gm)].map(([, title]) => title);

async function main() {
  const words = process.argv.slice(2);
  if (words.length === 0 || words.length > 2 || words[0].startsWith("-"))
    throw new Error(`the arguments are ${words.join(" ") || "missing"}; ${usage}`);
  const { rust, files, name } = chosen(words);
  if (rust.length > 0 && !isSetUp()) await ran(["bash", ".ci/setup.sh"]);
  const results = [];
  for (const command of rust) results.push(await ran(command));
  if (files.length > 0) results.push(await ranScripts(files, name));
  const hasFailed = results.some((result) => result.hasFailed);
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  if (!hasFailed && passed === 0)
    throw new Error(`nothing ran: no test is called "${words.at(-1)}", in Rust, wasm or JavaScript`);
  console.log(`\n${passed} passed${hasFailed ? ", and something failed: see above" : ""}`);
  process.exitCode = hasFailed ? 1 : 0;
}

main().catch((error) => {
  console.error(`test: ${error.message}`);
  process.exitCode = 1;
});
