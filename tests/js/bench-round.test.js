// The bench of whole rounds runs, its contenders end with the records that were served, and its plots and measurements are sound.
// No time is compared.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../.ci/toolchain.mjs";
import { makeRecords, withEdit } from "../bench/corpus.js";
import { RELEASED } from "../bench/packages.js";
import { Bodies } from "../bench/round/bodies.js";
import { contenders } from "../bench/round/contenders.js";
import { databases } from "../bench/round/databases.js";
import { readOptions } from "../bench/round/options.js";
import { Stage } from "../bench/round/stage.js";
import { rowOf } from "../bench/round/rows.js";
import { passesOf, scenarios } from "../bench/round/scenarios.js";
import { measuredStall } from "../bench/round/stalls.js";
import { barChart } from "../bench/round/svg.js";
import { reached } from "../bench/round/targets.js";
import { isVerifiable } from "./fixtures/records.js";

const run = promisify(execFile);
const isPlayable = (id) => contenders[id].missing?.() === undefined;
const scenarioOf = (wanted) => scenarios.find(({ id }) => id === wanted);

async function inFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), "dbsharing-bench-test-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("a small run measures every figure, holds what was served, and draws the plots", () =>
  inFolder(async (plots) => {
    const ids = ["cold-1", "quiet-etag", "edit", "fresh"];
    const sizes = ["--records", "24", "--passes", "1", "--warm-up", "1", "--only", ids.join()];
    const program = join(root, "tests/bench/round.js");
    const { stdout } = await run(process.execPath, [program, ...sizes, "--json", "--no-history", "--plots", plots]);
    const { rows, targets, stallOf50Ms } = JSON.parse(stdout);
    const wanted = ids.flatMap((id) =>
      scenarioOf(id)
        .contenders.filter(isPlayable)
        .map((one) => `${id} ${one}`),
    );
    assert.deepEqual(
      rows.map(({ scenario, id }) => `${scenario} ${id}`),
      wanted,
    );
    for (const row of rows) {
      const atLeast = (least, ...names) => names.forEach((name) => assert.ok(row[name] >= least, `${row.id} ${name}`));
      atLeast(0.001, "wallMs", "cpuMs", "bytes", "requests", "peakMb");
      atLeast(0, "stallMs", "worstStallMs", "verifications");
      assert.equal(row.requests, row.peers);
      for (const [name, [from, to]] of Object.entries(row.spreads)) {
        assert.ok(from <= row[name] && row[name] <= to, `${row.id} ${name}`);
      }
    }
    assert.ok(stallOf50Ms >= 48, `${stallOf50Ms} ms`);
    const overMap = (count) => ({ "over-map": count, "over-map-get": count });
    const both = (count) => ({ dbsharing: count, ...(isPlayable(RELEASED) && { [RELEASED]: count }) });
    assert.deepEqual(verificationsOf(rows, "cold-1"), {
      ...overMap(24),
      seed: 24,
      plain: 24,
      "plain-der": 24,
      level: 24,
      ...both(24),
    });
    assert.deepEqual(verificationsOf(rows, "quiet-etag"), { seed: 120, plain: 0, empty: 0, ...both(0) });
    assert.deepEqual(verificationsOf(rows, "edit"), { ...overMap(1), seed: 24, plain: 1, ...both(1) });
    assert.deepEqual(verificationsOf(rows, "fresh"), { plain: 24, empty: 0, ...both(24) });
    for (const { createMs, firstFetchStallMs } of rows.filter(({ scenario }) => scenario === "fresh")) {
      assert.ok(createMs > 0 && firstFetchStallMs >= 0);
    }
    assert.ok(rows.find(({ id, scenario }) => id === "seed" && scenario === "quiet-etag").isEstimated);
    const ofEdit = targets.find(({ scenario, what }) => scenario === "edit" && what === "verifications");
    assert.deepEqual([ofEdit.exactly, ofEdit.value, ofEdit.reached], [1, 1, true]);
    const names = await readdir(plots);
    assert.deepEqual(names.sort(), ["cold.svg", "edit.svg", "quiet.svg", "stall.svg"]);
    for (const name of names) assertWellFormed(await readFile(join(plots, name), "utf8"));
  }));

function verificationsOf(rows, scenario) {
  const measured = rows.filter((row) => row.scenario === scenario);
  return Object.fromEntries(measured.map(({ id, verifications }) => [id, verifications]));
}

test("a node serves what it holds from each database, in its process and over HTTP", () =>
  inFolder(async (folder) => {
    const options = readOptions(["--records", "24", "--warm-up", "1"]);
    const stage = new Stage(options, new Bodies(folder), folder);
    const serving = scenarioOf("serving");
    try {
      for (const id of Object.keys(databases).filter(isPlayable)) {
        const row = rowOf({ scenario: serving, id, turns: await stage.pass(serving, id) }, options.records);
        assert.equal(row.turns, serving.turns);
        for (const name of ["wallMs", "cpuMs", "peakMb", "httpWallMs", "httpCpuMs", "httpPeakMb"]) {
          assert.ok(row[name] > 0, `${id} ${name}`);
        }
        // Each reading finds one record more than the one before.
        assert.ok(row.bytes > 24 * 500 && row.httpBytes > row.bytes, id);
      }
    } finally {
      await stage.end();
    }
  }));

test("exchanges by symbols are measured, and what holding records takes", () =>
  inFolder(async (folder) => {
    const options = readOptions(["--records", "24"]);
    const stage = new Stage(options, new Bodies(folder), folder);
    const rowAt = async (id) => {
      const scenario = scenarioOf(id);
      const [contender] = scenario.contenders;
      return rowOf({ scenario, id: contender, turns: await stage.pass(scenario, contender) }, options.records);
    };
    try {
      const one = await rowAt("differs-1");
      assert.deepEqual([one.symbolsBytes, one.requests, one.auditRequests], [80 + 18 * 12, 2, 0]);
      assert.ok(one.recordsBytes > 300 && one.headBytes > 200 && one.ratio > 1, JSON.stringify(one));
      const audited = await rowAt("audited-13");
      assert.equal(audited.auditRequests, 1);
      assert.equal(audited.auditRecordsBytes, 0);
      assert.ok(audited.auditBytes >= 80 + 18 * 12, `${audited.auditBytes}`);
      const holding = await rowAt("holding-10");
      assert.ok(holding.recordBytes > 0 && holding.plainUs > 0 && holding.manyCellsMs > 0, JSON.stringify(holding));
      const targets = reached([one, audited, holding]);
      assert.ok(targets.some(({ what, value }) => what === "symbols, mean bytes" && value === one.symbolsBytes));
    } finally {
      await stage.end();
    }
  }));

test("two versions are compared over nine turns, unless the run is small", () => {
  const turnsOf = (id, given) => {
    const scenario = scenarioOf(id);
    const [one] = scenario.contenders.filter((contender) => contenders[contender].isCompared);
    return scenario.turns * passesOf(scenario, one, given);
  };
  const playsReleased = ({ contenders: ids }) => ids.some((one) => contenders[one].isCompared);
  for (const { id, slow } of scenarios.filter(playsReleased)) assert.ok(turnsOf(id) >= (slow ? 3 : 9), id);
  assert.equal(turnsOf("cold-1", readOptions(["--quick"]).passes), 1);
});

test("a contender that ends with the wrong records fails the run", () =>
  inFolder(async (folder) => {
    const options = readOptions(["--records", "5", "--warm-up", "1"]);
    const stage = new Stage(options, new Bodies(folder), folder);
    const { holdsNothing } = contenders.empty;
    try {
      contenders.empty.holdsNothing = false;
      const [cold] = scenarios;
      await assert.rejects(stage.pass(cold, "empty"), /ends "cold-1" with 0 records instead of 5/);
    } finally {
      contenders.empty.holdsNothing = holdsNothing;
      await stage.end();
    }
  }));

test("an edit is newer and signed by the record's owner, and nothing else changes", () => {
  const records = makeRecords({ count: 7, keys: 3 });
  const edited = withEdit(records, 4, { keys: 3 });
  assert.ok(isVerifiable(edited[4]) && edited[4].publicKey === records[4].publicKey);
  assert.equal(edited[4].data.uuid, records[4].data.uuid);
  assert.ok(edited[4].data.timestamp > records[4].data.timestamp);
  assert.deepEqual(
    edited.map((one, at) => (at === 4 ? records[4] : one)),
    records,
  );
});

test("a loop that is blocked for 80 ms is measured as such", async () => {
  const began = performance.now();
  const measured = await measuredStall(80);
  const all = performance.now() - began; // on a busy machine other things block the loop as well
  assert.ok(measured >= 78 && measured <= all, `${measured} of ${all} ms`);
});

test("an exact target is met only by that number", () => {
  const row = { scenario: "edit", id: "dbsharing", wallMs: 6, cpuMs: 5, peers: 1, requests: 1 };
  const rival = { scenario: "edit", id: "plain", wallMs: 10, cpuMs: 10 };
  const results = (verifications) => reached([{ ...row, verifications }, rival]).map((one) => one.reached);
  assert.deepEqual(
    [results(1), results(0), results(2)],
    [
      [true, true, true],
      [false, true, true],
      [false, true, true],
    ],
  );
});

test("a target names the times that are worse than in the released package", () => {
  const row = (id, wallMs, cpuMs) => {
    const spreads = { wallMs: [wallMs - 1, wallMs + 1], cpuMs: [cpuMs - 1, cpuMs + 1] };
    return { scenario: "cold-10", id, wallMs, cpuMs, spreads, turns: 9, verifications: 1, records: 1 };
  };
  const target = (...times) => reached([row("dbsharing", ...times), row(RELEASED, 20, 10)]).at(-1);
  assert.deepEqual([target(23, 10).reached, target(23, 10).shortBy], [false, ["wall"]]);
  assert.deepEqual([target(22, 12).reached, target(22, 12).shortBy, target(22, 12).turns], [true, [], 9]);
});

test("a chart is well-formed whatever its texts contain", () => {
  const bars = [0, 0.5, 1_000].map((value) => ({ label: `<${value}> & "more"`, value, text: `${value}`, kind: "bar" }));
  for (const logarithmic of [false, true]) {
    const groups = [{ title: "one", unit: "ms", bars }];
    const chart = barChart({ title: 'A & "B"', note: "<note>", groups, logarithmic });
    assertWellFormed(chart);
    const lengths = [...chart.matchAll(/class="bar"[^>]*width="([^"]+)"/g)].map(([, width]) => Number(width));
    assert.equal(lengths[0], 0);
    assert.ok(lengths[1] > 0 && lengths[2] === 320, lengths.join(" "));
  }
});

/** Asserts one root element, every tag closed in order, and only escaped text between. */
function assertWellFormed(xml) {
  const open = [];
  const tag = /<(\/?)([a-z]+)((?: [\w:-]+="[^"<>&]*(?:&[a-z]+;[^"<>&]*)*")*)(\/?)>/g;
  const rest = xml.replace(tag, (_, closes, name, attributes, alone) => {
    if (closes) assert.equal(open.pop(), name);
    else if (!alone) open.push(name);
    return "";
  });
  assert.deepEqual(open, []);
  assert.ok(xml.startsWith("<svg ") && !/[<>]|&(?![a-z]+;)/.test(rest), rest);
}
