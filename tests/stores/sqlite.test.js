// The sqlite store with every driver that it is for, each in the runtime that the driver needs.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { toolEnvironment } from "../../.ci/toolchain.mjs";
import { whyNotReleased } from "../bench/packages.js";
import { runtimeOfDriver } from "./sqlite-drivers.js";

const script = fileURLToPath(new URL("sqlite-process.js", import.meta.url));
// Builds version 0.1.0 where it can be: the runtimes of the drivers would not all do it alike.
const missing = whyNotReleased();
if (missing) console.log(`# tests beside version 0.1.0 are left out: ${missing}`);
const env = toolEnvironment({ NODE_NO_WARNINGS: "1" });

for (const [driver, runtime] of Object.entries(runtimeOfDriver)) {
  const isThere = spawnSync(runtime, ["--version"], { env }).status === 0;
  const skip = isThere ? false : `there is no ${runtime}: run .ci/setup.sh`;
  test(`the sqlite store with ${driver}`, { skip }, async (t) => {
    const child = spawn(runtime, [script, driver], { env, stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => child.on("close", resolve));
    let count = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const { name, error } = JSON.parse(line);
      count += 1;
      await t.test(name, () => assert.equal(error, undefined, error));
    }
    assert.equal(await ended, 0, "the exit code of the tests' process");
    assert.ok(count > 0, "no test ran");
  });
}
