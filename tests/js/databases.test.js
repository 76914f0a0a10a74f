// A task's database of every kind: what it holds after a round, and records that others or the task itself put there.
import { letPass, storeTimeoutMs } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSharing, recordKey } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";
import { faults, simpleDb } from "./fixtures/databases.js";
import { isVerifiable, record, records, signer, sorted } from "./fixtures/records.js";
import { entryOf, heldBy, inWorld, nextTurn, share } from "./fixtures/world.js";

const some = records(3);

/** A SimpleDb with one method replaced. */
const simpleWith = (methods) => Object.assign(simpleDb(), methods);

const kinds = {
  "a Store": () => memoryStore(),
  "a promise of a Store": () => Promise.resolve(memoryStore()),
  "a SimpleDb that returns an array": () => simpleDb(),
  "a SimpleDb that returns an iterable": () =>
    simpleWith({
      getAll() {
        return this.held.values();
      },
    }),
  "a SimpleDb that returns an async iterable": () =>
    simpleWith({
      async *getAll() {
        yield* this.held.values();
      },
    }),
  "a SimpleDb that resolves with an array": () =>
    simpleWith({
      async getAll() {
        return [...this.held.values()];
      },
    }),
  "a SimpleDb that resolves with an iterable": () =>
    simpleWith({
      async getAll() {
        return this.held.values();
      },
    }),
  "a SimpleDb whose put is asynchronous": () =>
    simpleWith({
      async put(...pair) {
        await nextTurn();
        this.held.set(...pair);
      },
    }),
  "a function with the methods of a Store": () => Object.assign(() => {}, memoryStore()),
};

for (const [kind, database] of Object.entries(kinds)) {
  test(
    `${kind} holds all shared records, each with its signature`,
    inWorld(async (world) => {
      const peer = await world.plainPeer(some);
      const sharing = await world.sharingWith([peer.url], { db: database() });
      assert.equal((await share(sharing)).totals.inserted, 3);
      peer.records = [...some, record("record 1", { timestamp: some[1].data.timestamp + 1 })];
      assert.equal((await share(sharing)).totals.replaced, 1);
      const held = await heldBy(sharing);
      assert.deepEqual(sorted(held), sorted([some[0], peer.records[3], some[2]]));
      assert.ok(held.every(isVerifiable));
      assert.deepEqual(await sharing.get(recordKey(some[0].publicKey, "record 0")), some[0]);
      assert.equal(await sharing.get("nothing"), undefined);
      assert.equal((await sharing.put(some[1])).stored, false, "older than the held one");
    }),
  );
}

test(
  "a new Sharing over the same database knows its records",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    for (const db of [memoryStore(), simpleDb()]) {
      await share(await world.sharingWith([peer.url], { db }));
      const { totals } = await share(await world.sharingWith([peer.url], { db }));
      assert.deepEqual([totals.known, totals.verified, totals.inserted], [3, 0, 0]);
    }
  }),
);

test("createSharing reads nothing and writes nothing", () => {
  const untouched = new Proxy(
    {},
    {
      get: (_, name) => (["getAll", "put"].includes(name) ? () => assert.fail(`${name} was called`) : undefined),
      has: () => false,
    },
  );
  createSharing({ taskId: "task", db: untouched });
});

test(
  "a quiet round does not call a SimpleDb",
  inWorld(async (world) => {
    const db = simpleDb();
    const peer = await world.peer("express-send", some);
    const sharing = await world.sharingWith([peer.url], { db });
    await share(sharing);
    const { reads } = db;
    for (let rounds = 0; rounds < 3; rounds += 1) {
      assert.equal(entryOf(await share(sharing), peer.url).outcome, "unchanged");
    }
    assert.equal(db.reads, reads);
  }),
);

test(
  "a promise of a LinktreeModel requires the identity that the model needs",
  inWorld(async (world) => {
    const model = { getAllLinktrees: () => [], setLinktree() {} };
    const { error } = await share(await world.sharingWith([], { db: Promise.resolve(model) }));
    assert.match(error.message, /resolved to a LinktreeModel.*option identity "owner"/);
    assert.equal((await share(await world.sharingWith([], { db: Promise.resolve(model), identity: "owner" }))).ok, true);
  }),
);

test(
  "a database that shares again from inside put does not lock up",
  inWorld(async (world) => {
    const db = simpleDb();
    const peer = await world.plainPeer(some);
    const sharing = await world.sharingWith([peer.url], { db });
    const { put } = db;
    db.put = async function sharingAgain(key, one) {
      setImmediate(letPass, storeTimeoutMs);
      await sharing.share();
      put.call(this, key, one);
    };
    assert.equal((await share(sharing)).error.code, "STORE_TIMEOUT");
    db.put = function sharingMeanwhile(key, one) {
      void sharing.share();
      put.call(this, key, one);
    };
    assert.equal((await share(sharing)).ok, true);
    assert.equal((await heldBy(sharing)).length, 3);
  }),
);

test(
  "forged records in the task's database block no honest ones, and are not served",
  inWorld(async (world) => {
    const [honest] = some;
    const forged = { ...record("record 0", { timestamp: Date.now() }), signature: honest.signature };
    const stripped = { uuid: "stripped", linktree: [], timestamp: 1 };
    const circular = {};
    circular.data = circular;
    const rubbish = [circular, null, 7, { key: "k", value: null }, { toJSON: faults.throws }];
    const db = simpleDb([forged, stripped, ...rubbish, some[1]]);
    const warnings = [];
    const logger = { debug() {}, info() {}, error() {}, warn: (message) => warnings.push(message) };
    const peer = await world.plainPeer([honest]);
    const node = await world.node({ db, logger, peers: [peer.url], serviceUrl: await world.deadUrl() });
    assert.equal((await share(node)).totals.inserted, 1);
    const served = await (await fetch(`${node.url}/linktree/list`)).json();
    assert.deepEqual(sorted(served), sorted([honest, some[1]]));
    assert.deepEqual(sorted(await heldBy(node)), sorted([honest, some[1]]));
    assert.ok(
      warnings.some((message) => message.includes("count as absent: 7, the first:")),
      warnings[0],
    );
  }),
);

test(
  "a record of the year 9999 in the task's database does not freeze its slot",
  inWorld(async (world) => {
    const frozen = record("record 0", { timestamp: Date.UTC(9999, 0) });
    const db = simpleDb([frozen]);
    const peer = await world.plainPeer(some);
    const node = await world.node({ db, peers: [peer.url], serviceUrl: await world.deadUrl() });
    assert.equal((await share(node)).totals.inserted, 3);
    assert.deepEqual(sorted(await (await fetch(`${node.url}/linktree/list`)).json()), sorted(some));
  }),
);

test(
  "a newer write of the task itself is not overwritten",
  inWorld(async (world) => {
    const db = simpleDb();
    const peer = await world.plainPeer([record("mine", { timestamp: 5 })]);
    const sharing = await world.sharingWith([peer.url], { db });
    await share(sharing);
    const newest = record("mine", { timestamp: 9 });
    db.put(recordKey(newest.publicKey, "mine"), newest);
    peer.records = [record("mine", { timestamp: 7 })];
    const { kept, replaced } = entryOf(await share(sharing), peer.url);
    assert.deepEqual([kept, replaced], [1, 0]);
    assert.deepEqual(await heldBy(sharing), [newest]);
  }),
);

test(
  "there is one slot for each record, or one for each owner",
  inWorld(async (world) => {
    const mine = [record("a", { timestamp: 2 }), record("b", { timestamp: 1 }), record("c", { by: signer(2) })];
    const peer = await world.plainPeer(mine);
    const perRecord = await world.sharingWith([peer.url], { identity: "record" });
    await share(perRecord);
    assert.equal((await heldBy(perRecord)).length, 3);
    const perOwner = await world.sharingWith([peer.url], { identity: "owner" });
    await share(perOwner);
    assert.deepEqual(sorted(await heldBy(perOwner)), sorted([mine[0], mine[2]]));
    assert.deepEqual(await perOwner.get(recordKey(mine[0].publicKey)), mine[0]);
  }),
);

test(
  "writes of another process to a Store are noticed if the store can report them",
  inWorld(async (world) => {
    let tell;
    const db = { ...memoryStore(), watch: (onChange) => void (tell = onChange) };
    const peer = await world.peer("express-send", some);
    const sharing = await world.sharingWith([peer.url], { db });
    await share(sharing);
    tell(recordKey(some[0].publicKey, "record 0"), undefined);
    assert.equal(sharing.status().records, 2);
    for (const odd of [undefined, null, 7, {}]) tell(odd, odd);
    tell(recordKey(some[1].publicKey, "record 1"), { version: 7 });
    const { records: count, peers } = sharing.status();
    assert.deepEqual([count, peers.length], [1, 1], "an invalid version is ignored, and nothing trapped");
  }),
);
