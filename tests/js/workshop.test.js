// The tools for contributors: npm run test:one finds tests, and the files that CONTRIBUTING.md names exist.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cargoTargetsWith, scriptFilesNamed, scriptFilesWith } from "../../.ci/find-tests.mjs";
import { root } from "../../.ci/toolchain.mjs";

/** No file contains it as one text. */
const NOWHERE = ["no test", "has this name"].join(" ");
const HERE = "tests/js/workshop.test.js";
const contributing = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
/** These are made by commands, or by following a recipe. */
const MADE = /^(target|js\/dist|tests\/bench\/history)(\/|$)|\/toy\./;

// The file contains "a title that is ${kind} is found".
for (const kind of ["a template"]) {
  test(`a title that is ${kind} is found`, () => {
    assert.ok(scriptFilesWith("a title that is a template").includes(HERE));
  });
}

test("a JavaScript test is found by a part of its name, in upper or lower case, and a suite by the source of its names", () => {
  assert.deepEqual(scriptFilesWith("A JavaScript test is found by a part"), [HERE]);
  assert.ok(scriptFilesWith("a mark serves more than once").length > 1);
  assert.deepEqual(scriptFilesWith(NOWHERE), []);
});

test("a test file is found by its path and by its name alone", () => {
  for (const name of [HERE, `./${HERE}`, "workshop", "workshop.test.js"]) assert.deepEqual(scriptFilesNamed(name), [HERE]);
  assert.deepEqual(scriptFilesNamed("work"), []);
});

test("a Rust test is found in its target, with spaces or underscores, and a body in tests/common on all hosts", () => {
  assert.deepEqual(cargoTargetsWith("each rule has its code"), ["host", "node", "browser"]);
  assert.deepEqual(cargoTargetsWith("each_rule_has_its_code"), ["host", "node", "browser"]);
  assert.deepEqual(cargoTargetsWith("waits_and_limits"), ["--lib"]);
  assert.deepEqual(cargoTargetsWith("no_such_test_is_there"), []);
});

test("if no test has the name, npm run test:one says so and fails", async () => {
  const refused = [
    [[NOWHERE], /^test: nothing ran: no test is called "no test has/],
    [["tests/js/nowhere.test.js"], /^test: nothing ran: there is no test file tests\/js\/nowhere\.test\.js/],
    [["tests/nowhere.rs", "a name"], /^test: nothing ran: there is no test file tests\/nowhere\.rs/],
    [[], /^test: the arguments are missing; wanted the name of a test/],
  ];
  for (const [args, message] of refused) {
    const { code, stderr } = await testOne(args);
    assert.equal(code, 1);
    assert.match(stderr, message);
  }
});

test("every test that CONTRIBUTING.md gives as an example exists", () => {
  const examples = [...contributing.matchAll(/test:one -- (\w+ )?"(?!toy)([^"]+)"/g)];
  assert.equal(examples.length, 2);
  for (const [example, file, name] of examples) {
    const found = scriptFilesWith(name);
    const wanted = file ? scriptFilesNamed(file.trim())[0] : undefined;
    assert.ok(wanted ? found.includes(wanted) : found.length > 0, example);
  }
});

test("every file that CONTRIBUTING.md names exists", () => {
  const named = [...contributing.matchAll(/`((?:src|js|tests|pkg|\.ci)\/[\w./-]*)`/g)].map(([, path]) => path);
  assert.ok(named.length > 30);
  assert.deepEqual(
    named.filter((path) => !MADE.test(path) && !existsSync(join(root, path))),
    [],
  );
});

function testOne(args) {
  return new Promise((resolve) => {
    const done = (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr });
    execFile(process.execPath, [join(root, ".ci/test-one.mjs"), ...args], done);
  });
}
