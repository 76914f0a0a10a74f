// Every driver of every database keeps the contract, and the table of databases leaves no store out.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { root } from "../../.ci/toolchain.mjs";
import { contractTests } from "./contract.js";
import { drivers, testedElsewhere } from "./databases.js";
import { storeNames } from "./store-names.js";
import { testsPrintedBy } from "./tests-in-process.js";

const SCRIPT = fileURLToPath(new URL("contract-process.js", import.meta.url));

for (const row of drivers) {
  const skip = row.whyNot?.() ?? false;
  if (skip) test(`${row.name} keeps the contract`, { skip }, () => {});
  else if (row.runtime) test(`${row.name} keeps the contract`, (t) => testsPrintedBy(t, row.runtime, [SCRIPT, row.name]));
  else after(await contractTests(row, (name, body) => test(`${row.name}: ${name}`, body)));
}

test("every store has a row in the table of databases", () => {
  const stores = new Set([...drivers, ...testedElsewhere].map(({ store }) => store));
  assert.deepEqual([...stores].sort(), storeNames());
});

test("a database that cannot be opened here is tested in the file that its row names", () => {
  for (const { testedIn } of testedElsewhere) {
    assert.ok(existsSync(join(root, testedIn)), testedIn);
    assert.match(readFileSync(join(root, testedIn), "utf8"), /^ *testStore\(/m);
  }
});
