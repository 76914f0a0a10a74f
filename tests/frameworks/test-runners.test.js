// Test runners of projects: clocks that stand still, and pages in a different realm.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import bs58 from "bs58";
import { nodes, pathOf } from "../package/engines.js";
import { signer } from "../js/fixtures/records.js";
import { folderOf, notInstalled, projectOf } from "./installed.js";
import { ran } from "./programs.js";
import { startTask } from "./task.js";

const node24 = nodes.find(({ version }) => version.startsWith("24."));
const text = "signed";
const signed = JSON.stringify({
  message: [...Buffer.from(text)],
  publicKey: [...signer(1).publicBytes],
  signature: [...bs58.decode(signer(1).sign(text))],
});

/** Runs a program with a task to pull from, and returns its output. */
async function inTask(command, args, cwd) {
  const task = await startTask();
  try {
    return await ran(command, args, { cwd, env: { SERVICE_URL: task.serviceUrl, SIGNED: signed } });
  } finally {
    await task.close();
  }
}

for (const environment of ["node", "jsdom"]) {
  test(`jest 30, fake timers, its environment ${environment}`, { skip: notInstalled }, async () => {
    const project = await projectOf("jest", ["node-fetch2", "jest-environment-jsdom"]);
    const args = [join(folderOf("jest"), "bin/jest.js"), "--rootDir", project, "--env", environment, "--ci"];
    assert.match(await inTask(process.execPath, args, project), /Tests: +7 passed, 7 total/);
  });
}

test("vitest 5, fake timers, in its jsdom", { skip: notInstalled }, async () => {
  const project = await projectOf("vitest", ["vitest", "jsdom"]);
  const args = [join(folderOf("vitest"), "vitest.mjs"), "run", "--no-color"];
  assert.match(await inTask(pathOf(node24), args, project), /Tests +4 passed \(4\)/);
});

// Node's own network waits for its nextTick, which sinon also fakes by default.
for (const [what, toNotFake, outcome] of [
  ["every timer", ["nextTick", "queueMicrotask"], { inserted: 3 }],
  ["every timer, nextTick and queueMicrotask", [], { inserted: 0, code: "SERVICE_UNREACHABLE" }],
]) {
  test(`sinon fakes ${what}`, { skip: notInstalled }, async () => {
    const project = await projectOf("programs", ["sinon"]);
    const said = await inTask(process.execPath, ["sinon.mjs", JSON.stringify(toNotFake)], project);
    assert.deepEqual(JSON.parse(said), { stored: true, served: 1, ...outcome });
  });
}
