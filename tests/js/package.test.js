// The packed package in an empty project: every entry by import and by require, the command, and nothing else inside.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { filesBelow } from "../../.ci/toolchain.mjs";
import { version } from "../../js/index.js";
import { projectWithPackage, root } from "../package/install.js";
import { storeFunction, storeNames } from "../stores/store-names.js";

const run = promisify(execFile);
const project = await projectWithPackage({ source: join(root, "tests/package/task") });
const installed = join(project, "node_modules/dbsharing");
const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));

const core = [
  "createSharing",
  "fromSignedMessage",
  "generateKey",
  "publicKeyOf",
  "recordKey",
  "signRecord",
  "verifyJson",
  "verifyRecord",
  "verifySignatures",
  "version",
];
const exported = {
  dbsharing: core,
  "dbsharing/slim": [...core, "init"].sort(),
  "dbsharing/http": ["nodeFetch", "nodeHandler"],
  "dbsharing/koii": ["koiiSharing"],
  "dbsharing/testing": ["testStore"],
  ...Object.fromEntries(storeNames().map((name) => [`dbsharing/stores/${name}`, [storeFunction(name)]])),
};

/** The output of a script in the project. */
async function printed(...args) {
  const { stdout } = await run(process.execPath, args, { cwd: project });
  return stdout;
}

for (const [entry, names] of Object.entries(exported)) {
  test(`${entry} exports the same by import and by require`, async () => {
    const imported = `import * as entry from "${entry}"; console.log(JSON.stringify(Object.keys(entry).sort()));`;
    const required = `console.log(JSON.stringify(Object.keys(require("${entry}")).sort()));`;
    assert.deepEqual(JSON.parse(await printed("--input-type=module", "--eval", imported)), names);
    assert.deepEqual(JSON.parse(await printed("--eval", required)), names);
  });
}

test("slim works with the wasm that the package exports", async () => {
  const verdict = await printed(
    "--eval",
    `
    const { init, verifyRecord } = require("dbsharing/slim");
    const wasm = require("node:fs").readFileSync(require.resolve("dbsharing/wasm"));
    init(wasm).then(() => console.log(verifyRecord({}).code));`,
  );
  assert.equal(verdict, "BAD_SHAPE\n");
});

test("the command is installed and prints its help", async () => {
  const { stdout } = await run(join(project, "node_modules/.bin/dbsharing"), ["--help"]);
  assert.match(stdout, /dbsharing/);
});

test("the package holds what users need and depends on nothing", () => {
  const files = filesBelow(installed).map((path) => path.slice(installed.length + 1));
  const folders = files.filter((path) => !/^tests\/bench\/plots\/[\w-]+\.svg$/.test(path)).map((path) => path.split("/")[0]);
  const expected = ["CHANGELOG.md", "LICENSE", "README.md", "js", "package.json", "pkg"];
  assert.deepEqual(
    [...new Set(folders)].filter((name) => !expected.includes(name)),
    [],
  );
  assert.equal(manifest.dependencies, undefined);
  const install = Object.keys(manifest.scripts).filter((name) => /^(pre|post)?install$/.test(name));
  assert.deepEqual(install, []);
});

test("the version is the same everywhere", async () => {
  const cargo = await readFile(join(root, "Cargo.toml"), "utf8");
  assert.equal(version, manifest.version);
  assert.equal(cargo.match(/^version = "(.*)"$/m)[1], manifest.version);
});

test("the lock file names no registry", async () => {
  assert.doesNotMatch(await readFile(join(root, "package-lock.json"), "utf8"), /"resolved"/);
});
