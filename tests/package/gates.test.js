// What must not get into the package unnoticed: files, bytes, features of WebAssembly, dead code, entries that do not resolve.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { packed, root } from "./install.js";
import { oldestNode, pathOf } from "./engines.js";
import { packedDifference } from "./packed-files.js";
import { lineOf, measuredBytes, readSizes, startMs } from "./sizes.js";

const run = promisify(execFile);
const wasmPath = join(root, "pkg/dbsharing_bg.wasm");
const read = (path) => readFileSync(join(root, path), "utf8");

/** Runs a tool of node_modules; fails with its output. */
async function passes(tool, args) {
  await run(process.execPath, [join(root, "node_modules", tool), ...args], { cwd: root }).catch(({ stdout, stderr }) => {
    assert.fail(`${tool} found this:\n${stdout}${stderr}`);
  });
}

test("publint finds nothing in the tarball", async () => {
  const bytes = readFileSync(await packed());
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  assert.equal(pkg.name, "dbsharing");
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test("the types of the tarball resolve by import and by require", async () => {
  const allowed = ["--ignore-rules", "cjs-resolves-to-esm"];
  await passes("@arethetypeswrong/cli/dist/index.js", [await packed(), "--profile", "node16", ...allowed]);
});

test("no file, export or package is unused", () => passes("knip/bin/knip.js", ["--no-progress"]));

test("the tarball holds these files and no others", async () => {
  const command = "if this is intended: npm run packed -- --write";
  assert.deepEqual(await packedDifference(), { new: [], gone: [] }, command);
});

test("the package has not grown", async (t) => {
  const { recordedBytes, wantedBytes, wantedStartMs, growthPercent } = await readSizes();
  const present = await measuredBytes();
  for (const [name, bytes] of Object.entries(present)) t.diagnostic(lineOf(name, bytes, wantedBytes[name], "bytes"));
  t.diagnostic(lineOf("import and first verdict", Math.round(await startMs()), wantedStartMs, "ms"));
  const limit = (name) => {
    const grown = Math.floor(recordedBytes[name] * (1 + growthPercent / 100));
    return recordedBytes[name] <= wantedBytes[name] ? Math.min(grown, wantedBytes[name]) : grown;
  };
  const grown = Object.keys(present).filter((name) => present[name] > limit(name));
  const said = grown.map((name) => `${name}: ${present[name]} bytes, more than ${limit(name)}`);
  assert.deepEqual(said, [], "if this is intended: npm run sizes -- --write");
  assert.deepEqual(Object.keys(recordedBytes), Object.keys(present));
});

test("the wasm imports functions of its own glue and nothing else", () => {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(wasmPath)));
  assert.ok(imports.length > 10);
  const isGlue = ({ module, name, kind }) =>
    module === "./dbsharing_bg.js" && /^__(wbg|wbindgen)_/.test(name) && kind === "function";
  assert.deepEqual(
    imports.filter((one) => !isGlue(one)),
    [],
  );
});

test("the wasm uses no feature that the oldest Node lacks", async () => {
  const [, list] = read(".ci/build-wasm.mjs").match(/^const allowedFeatures = \[([^\]]*)\]/m);
  const allowed = [...list.matchAll(/"([^"]+)"/g)].map(([, name]) => name);
  const validate = (features) => {
    const flags = features.map((name) => `--enable-${name}`);
    const args = [
      join(root, "node_modules/binaryen/bin/wasm-opt"),
      wasmPath,
      "--quiet",
      "--mvp-features",
      ...flags,
      "-o",
      devNull,
    ];
    return run(process.execPath, args, { maxBuffer: Infinity });
  };
  await validate(allowed);
  // The wasm uses this one, so validation without it fails.
  await assert.rejects(validate(allowed.filter((name) => name !== "reference-types")));
});

const oldestPath = pathOf(oldestNode);
const skip = oldestPath === undefined && `${oldestNode.command} is not installed: bash .ci/setup.sh does it`;
test(`the wasm compiles and answers in Node ${oldestNode.version}`, { skip }, async () => {
  const entry = JSON.stringify(pathToFileURL(join(root, "js/index.js")).href);
  const program = `
    const { verifyRecord } = await import(${entry});
    const { default: fs } = await import("node:fs");
    const isValid = WebAssembly.validate(fs.readFileSync(${JSON.stringify(wasmPath)}));
    console.log(process.versions.node, isValid, verifyRecord({}).code);`;
  const { stdout } = await run(oldestPath, ["--input-type=module", "--eval", program]);
  assert.equal(stdout, `${oldestNode.version} true BAD_SHAPE\n`);
});
