// bench:verify runs, and each contender gives every record the right verdict. No time is compared.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../.ci/toolchain.mjs";
import { contenders } from "../bench/verify/contenders.js";
import { bodyOf, makeRecords, oneInEvery128, onePercent, spoil } from "../bench/corpus.js";
import { Corpus, Lane } from "../bench/verify/lanes.js";
import { nativeProgramIn } from "../bench/verify/native-build.js";
import { slowerBy, verdictText } from "../bench/wanted.js";
import { RELEASED, importFrom, whyNotReleased } from "../bench/packages.js";
import { quartiles } from "../bench/stopwatch.js";
import { ratios } from "../bench/verify/targets.js";

const run = promisify(execFile);
const bench = (...args) => run(process.execPath, [join(root, "tests/bench/verify.js"), "--no-history", ...args]);
// A shallow clone does not contain the released commit.
const playable = Object.fromEntries(Object.entries(contenders).filter(([, { missing }]) => !missing?.()));
// The build of `cargo test`, if there is one: this test builds nothing.
const native = nativeProgramIn(join(root, "target/debug")) ?? "none";

test("every contender is measured with many keys and with few, and all agree", async () => {
  const { stdout } = await bench("--records", "300", "--passes", "1", "--warm-up", "1", "--native", native, "--json");
  const { rows, wasmBytes, packages } = JSON.parse(stdout);
  const expected = [...Object.keys(playable), ...(native === "none" ? [] : ["native"])];
  for (const keys of [10_000, 10]) {
    const ids = rows.filter((row) => row.keys === keys).map(({ id }) => id);
    assert.deepEqual(
      expected.filter((id) => !ids.includes(id)),
      [],
    );
  }
  for (const pass of ["first", "known", "one", "parsed"]) {
    assert.ok(
      rows.some((row) => row.id === "rounds" && row.pass === pass),
      pass,
    );
  }
  assert.equal(rows.filter(({ id }) => id === "spoiled").length, 6);
  for (const {
    medianUs,
    minUs,
    spreadUs: [from, to],
  } of rows) {
    assert.ok(minUs > 0 && minUs <= from && from <= medianUs && medianUs <= to);
  }
  assert.ok(wasmBytes > 0 && Object.values(packages).every((version) => /^\d+\.\d+\.\d+$/.test(version)));
});

test("a contender that accepts everything fails the run", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dbsharing-bench-test-"));
  try {
    const corpus = new Corpus(300, 10, folder);
    const careless = new Lane("careless", "the careless one", [process.execPath, "--eval", ACCEPTS_ALL]);
    await assert.rejects(
      careless.pass(corpus, { alsoSpoiled: true }),
      /the careless one gives 3 of 300 records a wrong verdict/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

const ACCEPTS_ALL = `
  const [, , body, spoiled] = process.argv;
  const all = (path) => "1".repeat(JSON.parse(require("node:fs").readFileSync(path)).length);
  console.log(JSON.stringify({ times: {}, verdicts: all(body), spoiled: all(spoiled) }));`;

test("each contender rejects a record that is spoiled in any of the four ways", async () => {
  const records = makeRecords({ count: 8, keys: 3 });
  const { records: spoiled, verdicts } = spoil(records, [0, 3, 4, 6]);
  for (const { name, load, verifiesNothing } of Object.values(playable)) {
    const verify = await load();
    assert.deepEqual(
      await verify(bodyOf(records)),
      records.map(() => true),
      name,
    );
    if (!verifiesNothing) assert.deepEqual(await verify(bodyOf(spoiled)), verdicts, name);
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

test("spoiled records are at the given places", () => {
  assert.equal(new Set(onePercent(1_000)).size, 10);
  assert.deepEqual(oneInEvery128(300, "first"), [0, 128, 256]);
  assert.deepEqual(
    oneInEvery128(300, "random").map((place) => Math.floor(place / 128)),
    [0, 1, 2],
  );
});

test("a ratio is met on the right side of its limit", () => {
  const row = (id, pass, medianUs) => ({ id, pass, keys: 10_000, medianUs, cpuUs: medianUs });
  const rows = [row("dbsharing", "first", 10), row("libsodium", "first", 22), row("native", "first", 3)];
  const [libsodium, native] = ratios(rows);
  assert.deepEqual([libsodium.wall, libsodium.atLeast, libsodium.reached], [2.2, 2.2, true]);
  assert.deepEqual([native.atMost, native.reached], [3, false]);
});

test("the released package is the published one, not this checkout", async () => {
  const why = whyNotReleased();
  if (why !== undefined) return assert.match(why, /history/);
  const [released, own] = await Promise.all([RELEASED, "dbsharing"].map((id) => importFrom(id, "js/index.js")));
  assert.equal(released.version, RELEASED);
  assert.notEqual(released.createSharing, own.createSharing);
});

test("a time is slower if it is 5 % above and its whole spread is above the other one", () => {
  const times = (...numbers) => ({ median: numbers[1], spread: [numbers[0], numbers[2]] });
  const same = times(9, 10, 11);
  const released = { wall: times(9, 10, 11), cpu: times(9, 10, 11) };
  const against = (wall, cpu) => slowerBy({ wall, cpu }, released);
  assert.deepEqual(against(same, same), []);
  assert.deepEqual(against(times(11, 13, 15), same), []);
  assert.deepEqual(against(times(10.49, 10.5, 10.51), same), []);
  assert.deepEqual(against(times(1, 2, 3), times(1, 2, 3)), []);
  assert.deepEqual(against(times(11.5, 13, 15), same), ["wall"]);
  assert.deepEqual(against(times(12, 13, 14), times(12, 13, 14)), ["wall", "CPU"]);
  assert.equal(verdictText({ reached: false, shortBy: ["wall", "CPU"], turns: 9 }), "short by wall and CPU, 9 turns");
});

test("a spread is the first and the third quartile", () => {
  assert.deepEqual(quartiles([1, 2, 3, 4, 5, 6, 7, 8, 9]), [3, 7]);
  assert.deepEqual(quartiles([1, 2]), [1.25, 1.75]);
  assert.deepEqual(quartiles([4]), [4, 4]);
});
