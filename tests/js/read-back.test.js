// When a database that says nothing of its changes is read again, and what that costs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { simpleDb } from "./fixtures/databases.js";
import { record, records, sorted } from "./fixtures/records.js";
import { letPass } from "./fixtures/shifted-clock.js";
import { entryOf, heldBy, inWorld, share } from "./fixtures/world.js";

const some = records(3);
const SECOND_MS = 1_000;

async function nodeOver(world, db) {
  const peer = await world.peer("express-send", some);
  const node = await world.node({ db, peers: [peer.url], serviceUrl: await world.deadUrl() });
  return { node, peer, etag: async () => (await fetch(`${node.url}/linktree/all`)).headers.get("etag") };
}

test("what the task writes itself is served five seconds later, under another tag", inWorld(async (world) => {
  const db = simpleDb();
  const { node, etag } = await nodeOver(world, db);
  await share(node);
  const before = await etag();
  db.put("mine", record("mine"));
  letPass(6 * SECOND_MS);
  assert.notEqual(await etag(), before);
  assert.equal((await (await fetch(`${node.url}/linktree/list`)).json()).length, 4);
}));

test("an item that cannot be read costs only itself", inWorld(async (world) => {
  const odd = { get data() { throw new Error("not to be read"); } };
  const { node } = await nodeOver(world, { getAll: () => [...some, odd, { toJSON: () => { throw new Error("nor this"); } }], put() {} });
  assert.deepEqual(sorted(await heldBy(node)), sorted(some));
}));

test("reading the database for others makes no peer's body be read again", inWorld(async (world) => {
  const { node, peer, etag } = await nodeOver(world, simpleDb());
  await share(node);
  for (let rounds = 0; rounds < 3; rounds += 1) {
    letPass(6 * SECOND_MS);
    await etag();
    assert.equal(entryOf(await share(node), peer.url).outcome, "unchanged");
  }
}));

test("what the database lost is fetched again after ten minutes, from an unchanged peer", inWorld(async (world) => {
  const db = simpleDb();
  const { node, peer } = await nodeOver(world, db);
  await share(node);
  db.held.clear();
  const { reads } = db;
  assert.equal(entryOf(await share(node), peer.url).outcome, "unchanged");
  letPass(599 * SECOND_MS);
  assert.equal(entryOf(await share(node), peer.url).outcome, "unchanged");
  assert.equal(db.reads, reads, "a quiet round reads nothing");
  letPass(2 * SECOND_MS);
  assert.equal(entryOf(await share(node), peer.url).inserted, 3);
  assert.deepEqual(sorted(await heldBy(node)), sorted(some));
}));

test("reading the database while a round is under way changes nothing of the round", inWorld(async (world) => {
  const db = simpleDb();
  const { node, etag } = await nodeOver(world, db);
  await share(node);
  const many = await world.plainPeer(records(300, { prefix: "many" }));
  const { put } = db;
  db.put = async function readingMeanwhile(key, one) {
    letPass(6 * SECOND_MS);
    if (one.data.number % 100 === 0) await etag();
    put.call(this, key, one);
  };
  const sharing = await world.sharingWith([many.url, node.url], { db });
  const report = await share(sharing);
  assert.equal(report.ok, true, JSON.stringify(report.error));
  assert.equal(report.totals.inserted, 300);
  assert.equal((await heldBy(sharing)).length, 303);
}));
