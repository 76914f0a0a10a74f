// What bench:spread measures, and what it draws of it. That networks are measured is a test of tests/simulated.rs.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readOptions } from "../bench/spread/options.js";
import { writePlots } from "../bench/spread/plots.js";

test("networks of three sizes are measured, with one condition changed at a time", () => {
  const { networks } = readOptions([]);
  assert.equal(networks.length, 3 * 2 * 7);
  assert.deepEqual(
    [...new Set(networks.map(({ machines, records }) => `${machines} of ${records}`))],
    ["10 of 500", "100 of 10000", "1000 of 500"],
  );
  const changed = ({ peers, hostile, reachable }) => [peers !== 8, hostile !== 0, reachable !== 100].filter(Boolean).length;
  assert.ok(networks.every((network) => changed(network) <= 1));
  assert.equal(readOptions(["--machines", "100"]).networks.length, 14);
  assert.throws(() => readOptions(["--machines", "7"]), /there is no network of "7"; there are 10, 100, 1000/);
});

test("a network that never agrees is drawn as such, and so is what cannot be reached", () => {
  const folder = mkdtempSync(join(tmpdir(), "dbsharing-spread-"));
  try {
    const usual = { machines: 10, records: 500, peers: 8, hostile: 0, reachable: 100, requestsANode: 1, bodyBytesANode: 2e6 };
    const rows = [
      { ...usual, writes: 1, rounds: [0.5, 1, 1], reachableWrites: 1 },
      { ...usual, writes: 1000, rounds: [0.5, 1, 1.5], reachableWrites: 1000 },
      { ...usual, writes: 1000, reachable: 5, rounds: [0.5, null, null], reachableWrites: 110 },
    ];
    writePlots({ rows, seed: 1 }, folder);
    assert.match(readFileSync(join(folder, "spread-one.svg"), "utf8"), />1\.0, 2\.0 MB</);
    const many = readFileSync(join(folder, "spread-1000.svg"), "utf8");
    assert.match(many, />8 peers a round, 5 % reachable<.*\n.*\n.*not within an hour, 2\.0 MB; 110 writes can be reached</);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
