// Tests that run in a process of another runtime: the process prints a line of JSON for each, { name, error? }, and the
// test that started it has a subtest for each line.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { toolEnvironment } from "../../.ci/toolchain.mjs";

/** Starts `runtime` with these arguments, and has a subtest of `t` for each test that it prints. */
export async function testsPrintedBy(t, runtime, args) {
  const env = toolEnvironment({ NODE_NO_WARNINGS: "1" });
  const child = spawn(runtime, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.on("close", resolve));
  let count = 0;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const { name, error } = JSON.parse(line);
      count += 1;
      await t.test(name, () => assert.equal(error, undefined, error));
    }
    assert.equal(await ended, 0, "the exit code of the tests' process");
  } finally {
    child.kill();
  }
  assert.ok(count > 0, "no test ran");
}

/** Runs the tests, one after another, and prints them. */
export async function printTests(tests) {
  for (const { name, body } of tests) console.log(JSON.stringify({ name, error: await failureOf(body) }));
}

async function failureOf(body) {
  try {
    await body();
    return undefined;
  } catch (error) {
    return String(error?.stack ?? error);
  }
}
