// A small bench:stores: each kind of work is measured for each database, with our store and with the bare driver.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { promisify } from "node:util";
import { whyNotReleased } from "../bench/packages.js";

const bench = join(dirname(fileURLToPath(import.meta.url)), "../bench/stores.js");
const run = async (...args) => (await promisify(execFile)(process.execPath, [bench, "--no-history", ...args])).stdout;

test("bench:stores measures each kind of work of our store and of the bare driver", async () => {
  const { rows, entries } = JSON.parse(await run("--entries", "600", "--passes", "1", "--only", "memory,level", "--json"));
  assert.equal(entries, 600);
  const kinds = ["write", "rewrite", "scan", "get", "versions", "start"];
  assert.deepEqual(
    rows.map(({ id, kind }) => `${id} ${kind}`),
    ["memory", "level"].flatMap((id) => kinds.map((kind) => `${id} ${kind}`)),
  );
  for (const { kind, oursMs, bareMs } of rows) assert.ok(oursMs > 0 && (bareMs > 0 || kind === "start"));
});

test("bench:stores compares the cost of noting changes with version 0.1.0", { skip: whyNotReleased() ?? false }, async () => {
  const { rows } = JSON.parse(await run("--entries", "600", "--passes", "1", "--only", "sqlite", "--json"));
  const [{ missing }] = rows;
  const noted = rows.filter(({ releasedMs }) => releasedMs > 0).map(({ kind }) => kind);
  if (missing === undefined) assert.deepEqual(noted, ["write", "rewrite"]);
  else assert.match(missing, /node22 is not installed/);
});

test("bench:stores prints a table and names the databases that it knows", async () => {
  assert.match(await run("--entries", "500", "--passes", "1", "--only", "memory"), /memory: new keys, batches of 500 +[\d ]+/);
  await assert.rejects(run("--only", "oracle"), { stderr: /there is no database "oracle"; there are level, memory, nedb/ });
});
