// The database is the truth: two processes over one real database, each a whole node; and rows that are deleted behind
// both of them.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { toolEnvironment } from "../../.ci/toolchain.mjs";
import { databases } from "../stores/databases.js";
import { record, records, signer, sorted } from "./fixtures/records.js";
import { inWorld } from "./fixtures/world.js";

const SCRIPT = fileURLToPath(new URL("fixtures/node-over-database.js", import.meta.url));
const LOOK_AGAIN_MS = 1_001;
const RESCAN_MS = 600_001;

for (const row of databases.filter(({ isShared }) => isShared)) {
  const skip = (await row.whyNot?.()) ?? false;

  test(
    `${row.name}: a record that one process writes is served by the other`,
    { skip },
    overOne(row, async ([one, other]) => {
      const [first, second] = records(2);
      await one.put(first);
      const before = await list(other);
      assert.deepEqual(before.records, [first]);
      await one.put(second);
      await other.letPass(LOOK_AGAIN_MS);
      const after = await list(other, before.etag);
      assert.deepEqual(sorted(after.records), sorted([first, second]), "a request within a second finds it");
      assert.equal((await other.status()).records, 2);
      await one.put(record("record 0", { timestamp: 1_800_000_000_000 }));
      await other.share();
      assert.equal((await list(one)).etag, (await list(other)).etag, "the tags agree after the next round at the latest");
    }),
  );

  test(
    `${row.name}: a record that one process writes reaches listeners of the other in its next round`,
    { skip },
    overOne(row, async ([one, other]) => {
      const all = records(120);
      await one.put(all[0]);
      await other.share();
      assert.deepEqual(await other.heard(), [], "records that were there before are not reported");
      await one.putAll(all.slice(1));
      await other.share();
      await other.share();
      assert.deepEqual(sorted(await other.heard()), sorted(all.slice(1)));
      assert.deepEqual(sorted(await one.heard()), sorted(all));
    }),
  );

  test(
    `${row.name}: both processes write at once, and both know all records`,
    { skip },
    overOne(row, async (processes) => {
      const slots = records(60);
      const newer = slots.map(({ data }, at) => record(data.uuid, { timestamp: data.timestamp + 1 + at }));
      const [left, right] = [
        [...slots, ...newer.slice(30)],
        [...newer.slice(0, 40), ...slots],
      ];
      await Promise.all([processes[0].putAll(left), processes[1].putAll(right), processes[0].share(), processes[1].share()]);
      await Promise.all(processes.map(({ share }) => share()));
      const lists = await Promise.all(processes.map((node) => list(node)));
      assert.deepEqual(sorted(lists[0].records), sorted(newer));
      assert.deepEqual([lists[0].etag, lists[0].records], [lists[1].etag, lists[1].records]);
    }),
  );

  test(
    `${row.name}: both processes update one slot, and no update is lost silently`,
    { skip },
    overOne(row, async (processes) => {
      const { seed, publicKey } = signer(1);
      const updates = processes.map((_, by) => Array.from({ length: 30 }, (_, number) => ({ uuid: "a", by, number })));
      const results = await Promise.all(processes.map(({ updateAll }, by) => updateAll(updates[by], [...seed])));
      const all = results.flat();
      assert.deepEqual(
        all.filter(({ stored, why, heldVersion, version }) => !stored && !(why === "STALE" && heldVersion > version)),
        [],
      );
      for (const ofOne of results) assert.equal(new Set(ofOne.map(({ timestampMs }) => timestampMs)).size, 30);
      const [newest] = all.filter(({ stored }) => stored).sort((one, other) => (one.version > other.version ? -1 : 1));
      for (const { get } of processes) assert.deepEqual(await get(`${publicKey}/a`), newest.record);
    }),
  );

  test(
    `${row.name}: deleted or damaged rows are fetched again from a peer`,
    { skip },
    overOne(row, async ([node], world) => {
      const all = records(20);
      const peer = await world.peer("express-send", all);
      world.service.nodes.push(peer.url);
      assert.equal((await node.share()).totals.inserted, 20);
      for (const [what, count] of [
        ["deleteOne", 1],
        ["damageOne", 1],
        ["deleteAll", 20],
      ]) {
        await node.byHand(what);
        await node.letPass(RESCAN_MS);
        const { totals, ok } = await node.share();
        assert.deepEqual([ok, totals.inserted], [true, count], what);
        assert.deepEqual(sorted((await list(node)).records), sorted(all));
      }
    }),
  );
}

/** A test body that gets two processes over one new database of this kind. */
function overOne(row, body) {
  return inWorld(async (world) => {
    const { emptyPlace, remove } = await row.prepare();
    const place = await emptyPlace();
    const service = await world.list();
    const processes = await Promise.all([start(row, place, service.url), start(row, place, service.url)]);
    try {
      await body(processes, Object.assign(world, { service }));
    } finally {
      await Promise.all(processes.map(({ end }) => end()));
      await remove();
    }
  });
}

/** A process with a node of its own: its calls, its url and how to end it. */
async function start({ name, runtime }, place, serviceUrl) {
  const env = toolEnvironment({ NODE_NO_WARNINGS: "1" });
  const child = fork(SCRIPT, [name, place, serviceUrl], { execPath: runtime ?? process.execPath, env });
  const waiting = new Map();
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const { url } = await new Promise((resolve, reject) => {
    child.once("message", resolve);
    void ended.then((code) => reject(new Error(`the process over ${name} ended with ${code}`)));
  });
  child.on("message", ({ id, value, error }) => {
    const { resolve, reject } = waiting.get(id);
    if (error === undefined) resolve(value);
    else reject(new Error(error));
  });
  const call =
    (name) =>
    (...args) =>
      new Promise((resolve, reject) => {
        const id = waiting.size;
        waiting.set(id, { resolve, reject });
        child.send({ id, call: name, args });
      });
  const names = ["get", "put", "putAll", "updateAll", "share", "status", "heard", "letPass", "byHand"];
  const calls = Object.fromEntries(names.map((name) => [name, call(name)]));
  const end = async () => {
    child.disconnect();
    await ended;
  };
  return { ...calls, url, end };
}

async function list({ url }, etag) {
  const response = await fetch(`${url}/linktree/list`, { headers: etag ? { "if-none-match": etag } : {} });
  assert.equal(response.status, 200);
  return { etag: response.headers.get("etag"), records: await response.json() };
}
