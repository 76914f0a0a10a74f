// The bench runs, and all its contenders give every record the verdict that it deserves. No time is judged.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../.ci/toolchain.mjs";
import { contenders } from "../bench/contenders.js";
import { bodyOf, makeRecords, oneInEvery128, onePercent, spoil } from "../bench/corpus.js";
import { Corpus, Lane } from "../bench/lanes.js";
import { nativeProgramIn } from "../bench/native-build.js";
import { ratios } from "../bench/targets.js";

const run = promisify(execFile);
const bench = (...args) => run(process.execPath, [join(root, "tests/bench/verify.js"), ...args]);
// What `cargo test` has built, where it has: nothing is built for this test.
const native = nativeProgramIn(join(root, "target/debug")) ?? "none";

test("every contender is measured with many keys and with few, and none disagrees", async () => {
  const { stdout } = await bench("--records", "300", "--passes", "1", "--warm-up", "1", "--native", native, "--json");
  const { rows, wasmBytes, packages } = JSON.parse(stdout);
  const expected = [...Object.keys(contenders), ...(native === "none" ? [] : ["native"])];
  for (const keys of [10_000, 10]) {
    const ids = rows.filter((row) => row.keys === keys).map(({ id }) => id);
    assert.deepEqual(expected.filter((id) => !ids.includes(id)), []);
  }
  for (const pass of ["first", "known", "one", "parsed"]) {
    assert.ok(rows.some((row) => row.id === "rounds" && row.pass === pass), pass);
  }
  assert.equal(rows.filter(({ id }) => id === "spoiled").length, 6);
  for (const { medianUs, minUs } of rows) assert.ok(medianUs >= minUs && minUs > 0);
  assert.ok(wasmBytes > 0 && Object.values(packages).every((version) => /^\d+\.\d+\.\d+$/.test(version)));
});

test("a contender that accepts everything ends the run", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dbsharing-bench-test-"));
  try {
    const corpus = new Corpus(300, 10, folder);
    const careless = new Lane("careless", "the careless one", [process.execPath, "--eval", ACCEPTS_ALL]);
    await assert.rejects(careless.pass(corpus, { alsoSpoiled: true }), /the careless one misjudges 3 of 300 records/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

const ACCEPTS_ALL = `
  const [, , body, spoiled] = process.argv;
  const all = (path) => "1".repeat(JSON.parse(require("node:fs").readFileSync(path)).length);
  console.log(JSON.stringify({ times: {}, verdicts: all(body), spoiled: all(spoiled) }));`;

test("each contender refuses what is spoiled, in each of the four ways", async () => {
  const records = makeRecords({ count: 8, keys: 3 });
  const { records: spoiled, verdicts } = spoil(records, [0, 3, 4, 6]);
  for (const { name, load, judgesNothing } of Object.values(contenders)) {
    const judge = await load();
    assert.deepEqual(await judge(bodyOf(records)), records.map(() => true), name);
    if (!judgesNothing) assert.deepEqual(await judge(bodyOf(spoiled)), verdicts, name);
  }
});

test("bodies are the same in every run, and as long as real ones", () => {
  const [one, other] = [makeRecords({ count: 50, keys: 10 }), makeRecords({ count: 50, keys: 10 })];
  assert.deepEqual(one, other);
  assert.equal(new Set(one.map(({ publicKey }) => publicKey)).size, 10);
  const bytesPerRecord = bodyOf(one).length / 50;
  assert.ok(bytesPerRecord > 550 && bytesPerRecord < 650, `${bytesPerRecord} bytes`);
  const elsewhere = makeRecords({ count: 50, keys: 10, set: "other" }).map(({ publicKey }) => publicKey);
  assert.ok(one.every(({ publicKey }) => !elsewhere.includes(publicKey)));
});

test("bad records are where they are said to be", () => {
  assert.equal(new Set(onePercent(1_000)).size, 10);
  assert.deepEqual(oneInEvery128(300, "first"), [0, 128, 256]);
  assert.deepEqual(oneInEvery128(300, "random").map((place) => Math.floor(place / 128)), [0, 1, 2]);
});

test("a ratio is reached on the right side of what is wanted", () => {
  const row = (id, pass, medianUs) => ({ id, pass, keys: 10_000, medianUs, cpuUs: medianUs });
  const rows = [row("dbsharing", "first", 10), row("libsodium", "first", 22), row("native", "first", 3)];
  const [libsodium, native] = ratios(rows);
  assert.deepEqual([libsodium.wall, libsodium.atLeast, libsodium.reached], [2.2, 2.2, true]);
  assert.deepEqual([native.atMost, native.reached], [3, false]);
});
