// The bench beside other databases: its plan, its meter, a small run without PouchDB, and its report. No time is compared.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../.ci/toolchain.mjs";
import { contenders } from "../bench/peers/contenders.js";
import { Meter } from "../bench/peers/meter.js";
import { readOptions } from "../bench/peers/options.js";
import { report } from "../bench/peers/report.js";
import { rowOf } from "../bench/peers/rows.js";
import { planOf, scenarios } from "../bench/peers/scenarios.js";
import { reached } from "../bench/peers/targets.js";
import { isVerifiable } from "./fixtures/records.js";

const program = join(root, "tests/bench/peers.js");
const run = async (...args) => (await promisify(execFile)(process.execPath, [program, "--no-history", ...args])).stdout;
const ids = Object.keys(contenders);
const keyOf = ({ data, publicKey }) => `${publicKey}/${data.uuid}`;

test("a small run measures every scenario, and both ends hold the same records", async () => {
  const text = await run("--records", "24", "--runs", "1", "--contenders", "dbsharing,plain", "--json");
  const { rows, targets, ownBytes, packages, stallOf50Ms } = JSON.parse(text);
  assert.deepEqual(
    rows.map(({ scenario, id }) => `${scenario} ${id}`),
    scenarios.flatMap(({ id }) => [`${id} dbsharing`, `${id} plain`]),
  );
  for (const row of rows) {
    assert.equal(row.turns, row.scenario === "quiet" ? 5 : 1);
    assert.ok(row.wallMs > 0 && row.cpuMs > 0 && row.stallMs >= 0, `${row.scenario} ${row.id}`);
    assert.ok(row.bytes > ownBytes[row.scenario], `${row.scenario} ${row.id}: ${row.bytes} bytes`);
  }
  for (const { scenario, id, bytes } of rows) {
    if (scenario === "quiet") assert.ok(bytes < 2_000, `${id} moved ${bytes} bytes where nothing changed`);
  }
  assert.ok(stallOf50Ms >= 48, `${stallOf50Ms} ms`);
  // Without PouchDB there is nothing to compare with, and nothing of it is installed.
  assert.deepEqual(
    targets.map(({ what }) => what),
    scenarios.map(() => "longest stall, ms"),
  );
  assert.deepEqual(Object.keys(packages), ["classic-level", "bs58"]);
});

test("edits are newer, signed by their owners, and of different records at the two ends", () => {
  const plan = planOf({ records: 210 });
  let held = new Map();
  for (const { id, server, client, held: expected, ownBytes } of plan) {
    const stored = [...server, ...client];
    assert.equal(new Set(stored.map(keyOf)).size, stored.length, id);
    for (const record of stored) {
      assert.ok(isVerifiable(record));
      const before = held.get(keyOf(record));
      assert.ok(before === undefined || before.data.timestamp < record.data.timestamp);
    }
    held = new Map([...held, ...stored.map((record) => [keyOf(record), record])]);
    assert.deepEqual(new Set(expected), new Set(held.values()));
    assert.equal(
      ownBytes,
      stored.reduce((sum, record) => sum + Buffer.byteLength(JSON.stringify(record)), 0),
    );
  }
  assert.deepEqual(
    plan.map(({ server, client }) => [server.length, client.length]),
    [
      [210, 0],
      [0, 0],
      [0, 0],
      [1, 0],
      [100, 100],
      [100, 100],
    ],
  );
});

test("no more records are edited than there are", () => {
  const { server, client } = planOf({ records: 3 }).at(-1);
  assert.deepEqual([server.length, client.length], [2, 1]);
});

test("the meter counts the bytes of both directions", async () => {
  const server = net.createServer((socket) => {
    socket.on("data", (chunk) => socket.write(`${chunk}, ${chunk}`));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const meter = new Meter();
  const { port } = new URL(await meter.open(`http://127.0.0.1:${server.address().port}`));
  const socket = net.connect(Number(port), "127.0.0.1");
  try {
    socket.write("hello");
    assert.equal(String((await once(socket, "data"))[0]), "hello, hello");
    assert.equal(meter.bytes, 5 + 12);
  } finally {
    await meter.close();
    socket.destroy();
    server.close();
  }
});

/** Rows of all contenders in all scenarios; `timeOf` and `bytesOf` take the id of a contender. */
function madeUpRows({ timeOf = () => 10, bytesOf = () => 1_000, stallMs = 5 } = {}) {
  return scenarios.flatMap(({ id: scenario }) =>
    ids.map((id) => {
      const turn = (more) => ({ wallMs: timeOf(id) + more, cpuMs: timeOf(id), bytes: bytesOf(id), stallMs });
      return rowOf({ scenario, id, turns: [turn(2), turn(-2), turn(0)] });
    }),
  );
}

const missed = (rows) => reached(rows).flatMap((one) => (one.reached ? [] : [`${one.scenario}: ${one.what}`]));

test("a row has the median, the quartiles and the worst stall of its turns", () => {
  const turns = [3, 1, 2, 5, 4].map((ms) => ({ wallMs: ms, cpuMs: ms, bytes: 10 * ms, stallMs: ms }));
  const row = rowOf({ scenario: "quiet", id: "plain", turns });
  assert.deepEqual([row.wallMs, row.bytes, row.turns, row.worstStallMs], [3, 30, 5, 5]);
  assert.deepEqual(row.spreads.wallMs, [2, 4]);
});

test("what is wanted of dbsharing is reached at its limit, and short beyond it", () => {
  const timeOf = (own) => (id) => ({ dbsharing: own, pouchdb: 20, "pouchdb-verified": 25, plain: 1 })[id];
  const bytesOf = (own) => (id) => (id === "dbsharing" ? own : 1_000);
  assert.deepEqual(missed(madeUpRows({ timeOf: timeOf(10), bytesOf: bytesOf(500), stallMs: 20 })), []);
  assert.deepEqual(missed(madeUpRows({ timeOf: timeOf(10.1), bytesOf: bytesOf(501), stallMs: 20 })), [
    "first: time, pouchdb-verified ÷ dbsharing",
    "quiet: time, pouchdb ÷ dbsharing",
    "edit: bytes, dbsharing ÷ pouchdb",
  ]);
  assert.deepEqual(
    missed(madeUpRows({ timeOf: timeOf(10), bytesOf: bytesOf(500), stallMs: 21 })),
    scenarios.map(({ id }) => `${id}: longest stall, ms`),
  );
});

test("the report has one table with the contenders side by side, and what was wanted and seen", () => {
  const rows = madeUpRows({ timeOf: (id) => (id === "dbsharing" ? 20 : 30) });
  const ownBytes = Object.fromEntries(scenarios.map(({ id }, at) => [id, 1_234 * at]));
  const on = { dbsharing: "1.2.3", wasmBytes: 1, cpu: "one", cores: 2, node: "20", v8: "1", openssl: "3", packages: {} };
  const results = { ...on, date: "today", records: 10_000, runs: 3, ownBytes, rows, targets: reached(rows) };
  const text = report({ ...results, stallOf50Ms: 50.1, cpuOf50Ms: 50 });
  const [titles] = text.split("\n").filter((line) => line.includes("PouchDB, verified") && line.startsWith(" "));
  assert.match(titles, / dbsharing +PouchDB +PouchDB, verified +plain JavaScript$/);
  assert.match(text, /^first sync, ms +20\.0 \(19\.0–21\.0\) +30\.0 \(29\.0–31\.0\)/m);
  assert.match(text, /^ {2}times dbsharing +1\.00× +1\.50×/m);
  assert.match(text, /^ {2}bytes; of the records 4 936 +1 000 +1 000/m);
  assert.match(text, /^first: time, pouchdb ÷ dbsharing +≥ 1\.60× +1\.50× +1\.50× +short$/m);
  assert.match(text, /^both: bytes, dbsharing ÷ pouchdb +≤ 1\.00× +1\.00× +reached$/m);
  assert.match(text, /^quiet: longest stall, ms +≤ 20 +5\.00 +reached$/m);
  assert.doesNotMatch(text, /busy|undefined|NaN/);
  assert.match(report({ ...results, stallOf50Ms: 90, cpuOf50Ms: 50 }), /The machine was busy/);
});

test("the options have defaults, and name what they know", async () => {
  const { records, runs, contenders: chosen } = readOptions([]);
  assert.deepEqual([records, runs, chosen], [10_000, 5, ids]);
  assert.throws(() => readOptions(["--runs", "0"]), /--runs is 0; wanted a whole number from 1/);
  assert.throws(
    () => readOptions(["--contenders", "couchdb"]),
    /there is no contender "couchdb"; there are dbsharing, pouchdb,/,
  );
  assert.match(await run("--help"), /npm run bench:peers -- \[options\][^]*--contenders A,B/);
});

test("PouchDB belongs to the bench alone, and its lock file names no registry", async () => {
  const [own, lock, ofPackage] = await Promise.all(
    ["tests/bench/peers/package.json", "tests/bench/peers/package-lock.json", "package.json"].map((path) =>
      readFile(join(root, path), "utf8"),
    ),
  );
  const names = Object.keys(JSON.parse(own).dependencies);
  assert.deepEqual(names, ["express-pouchdb", "pouchdb"]);
  const { dependencies, devDependencies } = JSON.parse(ofPackage);
  for (const name of names) assert.ok(!(name in { ...dependencies, ...devDependencies }), name);
  assert.doesNotMatch(lock, /"resolved"/);
});
