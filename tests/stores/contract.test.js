// Every driver of every database keeps the contract, and the table of databases leaves no store out.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { root } from "../../.ci/toolchain.mjs";
import { contractTests } from "./contract.js";
import { drivers, processOf, testedElsewhere } from "./databases.js";
import { storeNames } from "./store-names.js";

const SCRIPT = fileURLToPath(new URL("contract-process.js", import.meta.url));

for (const row of drivers) {
  const skip = row.whyNot?.() ?? false;
  if (skip) test(`${row.name} keeps the contract`, { skip }, () => {});
  else if (row.runtime) test(`${row.name} keeps the contract`, (t) => inItsRuntime(t, row));
  else after(await contractTests(row, (name, body) => test(`${row.name}: ${name}`, body)));
}

/** The contract in the runtime that the driver needs. */
async function inItsRuntime(t, row) {
  const child = spawn(...processOf(row, [SCRIPT, row.name], { stdio: ["ignore", "pipe", "inherit"] }));
  const ended = new Promise((resolve) => child.on("close", resolve));
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const { name, error } = JSON.parse(line);
    count += 1;
    await t.test(name, () => assert.equal(error, undefined, error));
  }
  assert.equal(await ended, 0, "the exit code of the tests' process");
  assert.ok(count > 0, "no test ran");
}

test("every store has a row in the table of databases", () => {
  const stores = new Set([...drivers, ...testedElsewhere].map(({ store }) => store));
  assert.deepEqual([...stores].sort(), storeNames());
});

test("what cannot be opened here is tested where its row says", () => {
  for (const { testedIn } of testedElsewhere) {
    assert.ok(existsSync(join(root, testedIn)), testedIn);
    assert.match(readFileSync(join(root, testedIn), "utf8"), /^ *testStore\(/m);
  }
});
