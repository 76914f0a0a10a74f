// A process that writes is killed: what was acknowledged is held, and no batch is held in part.
import assert from "node:assert/strict";
import { test } from "node:test";

import { databases } from "../stores/databases.js";
import { entriesOfBatch, faultsOf } from "./batches.js";
import { killWriters } from "./kill-writers.js";

const KILLS = 5;

for (const row of databases.filter(({ isVolatile }) => !isVolatile)) {
  test(`${row.name} loses no acknowledged write, and keeps no partial batch`, { timeout: 900_000 }, async (t) => {
    const reason = await row.whyNot?.();
    if (reason) return t.skip(reason);
    const { batches } = await killWriters(row, { kills: KILLS, seed: 1 });
    assert.ok(batches > KILLS, `${batches} batches were begun`);
  });
}

/** Two batches, the second of which replaces some entries of the first. */
const seed = 3;
const [first, second] = [0, 1].map((batch) => entriesOfBatch(seed, batch));
const newest = new Map([...first, ...second].map((entry) => [entry.key, entry]));
const both = [...newest.keys()].sort().map((key) => newest.get(key));
const faults = (entries, { acknowledged = [0, 1], versions = entries } = {}) =>
  faultsOf({ seed, acknowledged: new Set(acknowledged), begun: new Set([0, 1]), entries, versions });

test("no fault is found if everything is held, or only a batch under way is missing", () => {
  assert.ok(both.length < first.length + second.length, "the second batch replaces entries of the first");
  assert.deepEqual(faults(both), []);
  assert.deepEqual(faults(first, { acknowledged: [0] }), []);
  assert.deepEqual(faults(both, { acknowledged: [0] }), []);
  assert.deepEqual(faults([], { acknowledged: [] }), []);
});

test("entries that are lost, partial, foreign, out of order or listed in two ways are faults", () => {
  const without = both.filter(({ key }) => key !== second[0].key);
  assert.match(faults(without).join(), /batch 1 was acknowledged, and 1 of its \d+ entries are gone/);
  assert.match(faults(without, { acknowledged: [0] }).join(), /batch 1 is there in part/);
  assert.match(faults(first).join(), /batch 1 was acknowledged/);
  const overwritten = second.find(({ key }) => first.some((entry) => entry.key === key));
  const withOlder = both.map((entry) => (entry === overwritten ? first.find(({ key }) => key === entry.key) : entry));
  assert.match(faults(withOlder).join(), /batch 1 was acknowledged, and 1 of its/);
  const mixed = both.map((entry, at) => (at === 0 ? { ...entry, text: both[1].text } : entry));
  assert.match(faults(mixed).join(), /holds what was never written/);
  assert.match(faults([...both].reverse()).join(), /does not come after/);
  assert.match(faults(both, { versions: both.slice(1) }).join(), /versions\(\) disagrees/);
});
