// What bench:spread measures, and what it draws of it. That networks are simulated is a test of tests/simulated.rs.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { besideText } from "../bench/spread/beside.js";
import { readOptions } from "../bench/spread/options.js";
import { writePlots } from "../bench/spread/plots.js";
import { figuresOfNodes } from "../bench/spread/real-figures.js";
import { measureRealNodes } from "../bench/spread/real-nodes.js";

async function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), "dbsharing-spread-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

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

test("a network that never agrees is drawn as such, and so is what cannot be reached", () =>
  inFolder((folder) => {
    const usual = { machines: 10, records: 500, peers: 8, hostile: 0, reachable: 100, requestsANode: 1, bodyBytesANode: 2e6 };
    const rows = [
      { ...usual, writes: 1, rounds: [0.5, 1, 1], bodyBytesANode: 1_326, reachableWrites: 1 },
      { ...usual, writes: 1000, rounds: [0.5, 1, 1.5], reachableWrites: 1000 },
      { ...usual, writes: 1000, reachable: 5, rounds: [0.5, null, null], reachableWrites: 110 },
    ];
    writePlots({ rows, seed: 1 }, folder);
    assert.match(readFileSync(join(folder, "spread-one.svg"), "utf8"), />1\.0, 1\.3 kB</);
    const many = readFileSync(join(folder, "spread-1000.svg"), "utf8");
    assert.match(many, />8 peers a round, 5 % reachable<.*\n.*\n.*not within an hour, 2\.0 MB; 110 writes</);
  }));

// Real nodes beside simulated ones

test("real nodes are measured where that is asked for", () => {
  assert.equal(readOptions([]).realNetwork, undefined);
  const usual = { processes: 12, records: 1000, writes: 20, intervalMs: 5000 };
  assert.deepEqual(readOptions(["--processes", "12"]).realNetwork, usual);
  const { realNetwork, settings } = readOptions(["--processes=3", "--records=9", "--writes=2", "--interval=1"]);
  assert.deepEqual(realNetwork, { processes: 3, records: 9, writes: 2, intervalMs: 1000 });
  assert.notDeepEqual(settings, readOptions(["--processes=3"]).settings);
  assert.throws(() => readOptions(["--writes", "2"]), /--writes is given without --processes/);
  assert.throws(() => readOptions(["--processes", "1"]), /--processes is 1; wanted 2 or more/);
});

const SMALL = { processes: 3, records: 20, writes: 2, intervalMs: 1000, seed: 1 };

test("three processes that are written to get to the same records, and what they read is counted", () =>
  inFolder(async (folder) => {
    const figures = await measureRealNodes(SMALL, folder);
    const { rounds, intervals, requestsANode, bodyBytesANode } = figures;
    assert.ok(rounds[0] <= rounds[1] && rounds[1] <= rounds[2], `${rounds}`);
    assert.ok(intervals >= 2, `${intervals}`);
    const least = (2 * 2 * 500) / 3; // each write is a record of 600 bytes, and read by two of the three
    assert.ok(bodyBytesANode > least && bodyBytesANode < 10_000, JSON.stringify(figures));
    assert.ok(requestsANode > 2, JSON.stringify(figures));
  }));

test("a node that does not get there in time is named, and none is left running", () =>
  inFolder((folder) =>
    assert.rejects(
      measureRealNodes({ ...SMALL, patienceMs: 1 }, folder),
      /^Error: node \d of 3 is not listening after 0\.001 s$/,
    ),
  ));

test("only what nodes did while they were written to is counted, and when the last of them held everything", () => {
  const round = (atMs, inserted, more = {}) => {
    const totals = { inserted, requests: 2, bytesReceived: 300, ...more };
    return { event: "round", atMs, report: { totals } };
  };
  const wrote = (atMs) => ({ event: "wrote", atMs, stored: true });
  const nodes = [
    { events: [{ event: "listening", atMs: 1 }, round(900, 0), wrote(1_100), round(1_900, 1), round(3_200, 0)] },
    { events: [round(950, 0), round(1_950, 2, { requests: 4, bytesReceived: 1_500 })] },
  ];
  const times = { beganMs: 1_000, writtenUntilMs: 3_000, lastWriteMs: 1_450, intervalMs: 1_000 };
  assert.deepEqual(figuresOfNodes({ nodes, writes: 2, ...times }), {
    rounds: [0.45, 0.5, 0.5],
    intervals: 2,
    requestsANode: 3, // 2 and 4
    bodyBytesANode: 900, // 300 and 1 500
  });
});

test("real and simulated nodes stand side by side, with the ratio of each figure", () => {
  const real = { rounds: [0.5, 1, 1.1], requests: 13, bodyBytes: 2_800 };
  const simulated = { rounds: [0.4, 1, 1], requests: 12.5, bodyBytes: 2_500 };
  const [titles, , ofReal, ofSimulated, ratios] = besideText({ real, simulated, ...SMALL })
    .split("\n")
    .map((line) => line.split(/ {2,}/));
  assert.deepEqual(titles.slice(1), ["half", "99 %", "all", "requests", "bodies"]);
  assert.deepEqual(ofReal, ["3 processes", "0.50", "1.00", "1.10", "13.0", "2.80 kB"]);
  assert.deepEqual(ofSimulated, ["3 simulated", "0.40", "1.00", "1.00", "12.5", "2.50 kB"]);
  assert.deepEqual(ratios, ["ratio", "1.25×", "1.00×", "1.10×", "1.04×", "1.12×"]);
});
