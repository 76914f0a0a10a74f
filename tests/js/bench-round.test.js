// The bench of whole rounds runs, its contenders end with the records that were served, and what it draws and measures
// is sound. No time is judged.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../.ci/toolchain.mjs";
import { makeRecords, withEdit } from "../bench/corpus.js";
import { Bodies } from "../bench/round/bodies.js";
import { contenders } from "../bench/round/contenders.js";
import { readOptions } from "../bench/round/options.js";
import { Stage } from "../bench/round/play.js";
import { scenarios } from "../bench/round/scenarios.js";
import { measuredStall } from "../bench/round/stalls.js";
import { barChart } from "../bench/round/svg.js";
import { reached } from "../bench/round/targets.js";
import { isVerifiable } from "./fixtures/records.js";

const run = promisify(execFile);

async function inFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), "dbsharing-bench-test-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("a small run gives every number, holds what was served, and draws", () =>
  inFolder(async (plots) => {
    const sizes = ["--records", "24", "--passes", "1", "--warm-up", "1", "--only", "cold-1,quiet-etag,edit"];
    const program = join(root, "tests/bench/round.js");
    const { stdout } = await run(process.execPath, [program, ...sizes, "--json", "--plots", plots]);
    const { rows, targets, stallOf50Ms } = JSON.parse(stdout);
    const played = scenarios.filter(({ id }) => ["cold-1", "quiet-etag", "edit"].includes(id));
    const wanted = played.flatMap(({ id, contenders: ids }) => ids.map((one) => `${id} ${one}`));
    assert.deepEqual(rows.map(({ scenario, id }) => `${scenario} ${id}`), wanted);
    for (const row of rows) {
      const atLeast = (least, ...names) => names.forEach((name) => assert.ok(row[name] >= least, `${row.id} ${name}`));
      atLeast(0.001, "wallMs", "cpuMs", "bytes", "requests", "peakMb");
      atLeast(0, "stallMs", "worstStallMs", "verifications");
      assert.equal(row.requests, row.peers);
    }
    assert.ok(stallOf50Ms >= 48, `${stallOf50Ms} ms`);
    assert.deepEqual(verificationsOf(rows, "cold-1"), { seed: 24, plain: 24, dbsharing: 24, level: 24 });
    assert.deepEqual(verificationsOf(rows, "quiet-etag"), { seed: 120, plain: 0, dbsharing: 0, empty: 0 });
    assert.deepEqual(verificationsOf(rows, "edit"), { seed: 24, plain: 1, dbsharing: 1 });
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

test("a contender that ends with other records ends the run", () =>
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
  assert.deepEqual(edited.map((one, at) => (at === 4 ? records[4] : one)), records);
});

test("a loop that is held for 80 ms is measured so", async () => {
  const began = performance.now();
  const measured = await measuredStall(80);
  const all = performance.now() - began; // on a busy machine others hold the loop as well
  assert.ok(measured >= 78 && measured <= all, `${measured} of ${all} ms`);
});

test("a number that is wanted exactly is reached only by itself", () => {
  const row = { scenario: "edit", id: "dbsharing", wallMs: 6, cpuMs: 5 };
  const rival = { scenario: "edit", id: "plain", wallMs: 10, cpuMs: 10 };
  const results = (verifications) => reached([{ ...row, verifications }, rival]).map((one) => one.reached);
  assert.deepEqual([results(1), results(0), results(2)], [[true, true], [false, true], [false, true]]);
});

test("a chart is well-formed whatever it says", () => {
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

/** One element at the top, every tag closed in its turn, nothing between that is not escaped. */
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
