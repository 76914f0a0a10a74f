// Which fetch an exchange uses if the task gives none: node:http if that is safe, or whatever a test put in its place.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../.ci/toolchain.mjs";
import { bun, deno, nodes, pathOf, reasonToSkip } from "../package/engines.js";
import { serve } from "../network/server.js";

const run = promisify(execFile);
const task = join(root, "tests/js/fixtures/choosing-fetch-process.js");
/** Before 20.16 and 22.3 node:http can only be reached by an import. */
const old = nodes.filter(({ version }) => version.startsWith("18."));
const modern = nodes.filter((engine) => !old.includes(engine));
const [node20, node22, node24] = modern;
const commonJsTask = join(root, "tests/js/fixtures/choosing-fetch-process.cjs");

/** Which fetch a process uses after it did `how` to its globals, and its warnings. */
async function choiceOf(t, engine, how, program = task) {
  const server = await serve((request, response) => response.end(request.headers["user-agent"] ?? "none"));
  t.after(() => server.close());
  const permissions = engine === deno ? ["run", "--allow-all"] : [];
  const { stdout } = await run(pathOf(engine), [...permissions, program, server.url, how]);
  return JSON.parse(stdout);
}

for (const engine of modern) {
  test(`Node's own fetch is not used if node:http can be reached: ${engine.command}`, {
    skip: reasonToSkip(engine),
  }, async (t) => {
    assert.deepEqual(await choiceOf(t, engine, "nothing"), { agent: "dbsharing", warnings: 0 });
    assert.deepEqual(await choiceOf(t, engine, "call it first"), { agent: "dbsharing", warnings: 0 });
  });

  for (const how of [
    "replace it",
    "replace it later",
    "wrap it in a Proxy",
    "bind it",
    "mock it",
    "intercept it",
    "mock its dispatcher",
    "send it by a proxy",
  ]) {
    test(`a replaced fetch is used: ${how}, ${engine.command}`, { skip: reasonToSkip(engine) }, async (t) => {
      assert.equal((await choiceOf(t, engine, how)).agent, "replaced");
    });
  }
}

for (const engine of old) {
  test(`a program that begins with CommonJS, as a bundled task does, reaches node:http too: ${engine.command}`, {
    skip: reasonToSkip(engine),
  }, async (t) => {
    assert.deepEqual(await choiceOf(t, engine, "nothing", commonJsTask), { agent: "dbsharing", warnings: 0 });
    assert.equal((await choiceOf(t, engine, "replace it", commonJsTask)).agent, "replaced");
  });
}

for (const engine of [...old, bun, deno]) {
  test(`otherwise the global fetch is used, with a warning if it is unsafe: ${engine.command}`, {
    skip: reasonToSkip(engine),
  }, async (t) => {
    const { agent, warnings } = await choiceOf(t, engine, "nothing");
    assert.notEqual(agent, "dbsharing");
    assert.equal(warnings, old.includes(engine) ? 1 : 0);
    assert.equal((await choiceOf(t, engine, "replace it")).agent, "replaced");
  });
}

for (const engine of nodes) {
  test(`a runtime without any fetch is reported with a code: ${engine.command}`, { skip: reasonToSkip(engine) }, async (t) => {
    assert.deepEqual(await choiceOf(t, engine, "remove it"), {
      code: "PEER_UNREACHABLE",
      message: "this runtime has no fetch: give one as option fetch",
      warnings: 0,
    });
  });
}

test("the option is used as given", { skip: reasonToSkip(node20) }, async (t) => {
  assert.deepEqual(await choiceOf(t, node20, "give one"), { agent: "given", warnings: 0 });
});

test("a wrapped fetch causes one warning, only on versions whose process a peer can end", {
  skip: reasonToSkip(node24),
}, async (t) => {
  for (const how of ["replace it", "send it by a proxy"]) {
    for (const engine of [node22, node24]) assert.equal((await choiceOf(t, engine, how)).warnings, 1, how);
  }
  assert.equal((await choiceOf(t, node20, "replace it")).warnings, 0);
  for (const how of ["mock it", "intercept it", "mock its dispatcher"])
    assert.equal((await choiceOf(t, node24, how)).warnings, 0, how);
});
