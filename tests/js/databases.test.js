// A task's database of every kind: reads, writes, and what its faults lead to.
import { letPass, storeTimeoutMs } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSharing, recordKey } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";
import { sendJson } from "../network/server.js";
import { faultCodes, faults, simpleDb, storeOver } from "./fixtures/databases.js";
import { isVerifiable, record, records, signer, sorted } from "./fixtures/records.js";
import { entryOf, heldBy, inWorld, nextTurn, share, until } from "./fixtures/world.js";

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
  "a SimpleDb that gives an async iterable": () =>
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

const faultyMethods = [
  [simpleDb, "getAll"],
  [simpleDb, "put"],
  [storeOver, "entries"],
  [storeOver, "write"],
];

for (const [fault, code] of Object.entries(faultCodes)) {
  for (const [make, method] of faultyMethods) {
    test(
      `a db whose ${method}() ${fault} is ${code}, and the next round repairs`,
      inWorld(async (world) => {
        const db = make();
        const [peer, other] = [await world.plainPeer(some), await world.plainPeer(records(2, { prefix: "other" }))];
        const sharing = await world.sharingWith([peer.url, other.url], { db });
        const intact = db[method];
        let calls = 0;
        db[method] = () => {
          calls += 1;
          return faults[fault]();
        };
        const report = await share(sharing);
        if (fault === "hangs") assert.equal(calls, 1, "it is called once");
        assert.deepEqual([report.ok, report.error.code], [false, code], JSON.stringify(report));
        const put = await sharing.put(some[0]);
        assert.deepEqual([put.ok, put.code, put.stored], [false, code, false]);
        db[method] = intact;
        const repaired = await share(sharing);
        assert.equal(repaired.ok, true, JSON.stringify(repaired.error));
        assert.equal((await heldBy(sharing)).length, 5);
      }),
    );
  }

  test(
    `get() and records() reject with ${code} if the database ${fault}`,
    inWorld(async (world) => {
      for (const [db, ...methods] of [
        [simpleDb(), "getAll"],
        [storeOver(), "getMany", "entries"],
      ]) {
        const sharing = world.sharing({ db });
        for (const method of methods) db[method] = faults[fault];
        await assert.rejects(sharing.get("x"), { name: "DbSharingError", code });
        await assert.rejects(heldBy(sharing), { name: "DbSharingError", code });
      }
    }),
  );
}

const rubbish = {
  "entries() returns undefined": [{ entries: () => undefined }, "gave undefined; wanted something to iterate over"],
  "entries() returns a rejecting promise": [{ entries: async () => faults.throws() }, "failed: the db threw"],
  "entries() returns things that are not entries": [
    { entries: () => [null, 7, {}] },
    "gave an entry whose key is undefined; wanted a string",
  ],
  "entries() returns an iterator without steps": [
    { entries: () => ({ [Symbol.iterator]: () => ({ next() {} }) }) },
    "gave an iterator whose next() gives undefined; wanted an object with done and value",
  ],
  "write() returns undefined": [
    { write: async () => undefined },
    'gave undefined; wanted an array with "written" or "stale" for each entry',
  ],
  "write() returns too few outcomes": [
    { write: async () => ["written"] },
    "gave another number of outcomes than of entries; wanted one for each",
  ],
  "write() returns words of its own": [
    { write: async (entries) => entries.map(() => "ok\u202e") },
    'gave "ok\\u202e" for entry 0; wanted an array with "written" or "stale" for each entry',
  ],
};

for (const [what, [methods, message]] of Object.entries(rubbish)) {
  test(
    `a Store whose ${what} is STORE_FAILED`,
    inWorld(async (world) => {
      const db = Object.assign(storeOver(), methods);
      const peer = await world.plainPeer(some);
      const sharing = await world.sharingWith([peer.url], { db });
      const report = await share(sharing);
      assert.equal(report.error?.code, "STORE_FAILED", JSON.stringify(report));
      assert.equal(report.error.message, `db.${Object.keys(methods)[0]}() ${message}`);
      Object.assign(db, db.intact);
      assert.equal((await share(sharing)).ok, true);
      assert.equal((await heldBy(sharing)).length, 3);
    }),
  );
}

for (const [what, all] of Object.entries({ "a number": 7, "an object": {}, "text that is not JSON": "<html>" })) {
  test(
    `a SimpleDb that returns ${what} is STORE_FAILED`,
    inWorld(async (world) => {
      const report = await share(await world.sharingWith([], { db: { getAll: () => all, put() {} } }));
      assert.equal(report.error.code, "STORE_FAILED");
    }),
  );
}

for (const [what, open] of Object.entries({ rejects: faults.rejects, "resolves with something else": async () => 7 })) {
  test(
    `a promise of a Store that ${what} is STORE_FAILED`,
    inWorld(async (world) => {
      const report = await share(await world.sharingWith([], { db: open() }));
      assert.equal(report.error.code, "STORE_FAILED");
    }),
  );
}

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
  "a database that hangs is called once in a round, however many peers have records",
  inWorld(async (world) => {
    const recordsOf = (number) => records(2, { prefix: `peer ${number}` });
    const peers = await Promise.all([0, 1, 2, 3, 4].map((number) => world.plainPeer(recordsOf(number))));
    const db = simpleDb();
    let puts = 0;
    db.put = () => {
      puts += 1;
      return new Promise(() => {});
    };
    const sharing = await world.sharingWith(
      peers.map(({ url }) => url),
      { db },
    );
    const round = share(sharing);
    await until(() => puts === 1 && peers.every(({ requests }) => requests.length === 1));
    letPass(storeTimeoutMs);
    assert.equal((await round).error.code, "STORE_TIMEOUT");
    assert.equal(puts, 1);
  }),
);

test(
  "records() rejects at its deadline if the database hangs half-way",
  inWorld(async (world) => {
    const db = storeOver();
    const sharing = world.sharing({ db });
    await sharing.put(some[0]);
    db.entries = async function* hanging() {
      yield* db.intact.entries();
      await faults.hangs();
    };
    await assert.rejects(heldBy(sharing), { code: "STORE_TIMEOUT" });
  }),
);

test(
  "errors of ready(), get() and records() have the database's error as their cause",
  inWorld(async (world) => {
    const ways = {
      ready: (sharing) => sharing.ready(),
      get: (sharing) => sharing.get("key"),
      records: (sharing) => heldBy(sharing),
    };
    for (const [name, ask] of Object.entries(ways)) {
      const cause = Object.assign(new Error(`the disk is gone for ${name}`), { code: "EIO" });
      const failing = () => Promise.reject(cause);
      const dbs = [
        { getAll: failing, get: failing, put() {} },
        { ...memoryStore(), versions: failing, entries: failing, getMany: failing },
      ];
      for (const db of [...dbs, Promise.reject(cause)]) {
        await assert.rejects(
          ask(world.sharing({ db })),
          (error) => error.code === "STORE_FAILED" && error.cause === cause,
          name,
        );
      }
    }
  }),
);

test(
  "a promise of a Store that never settles is STORE_TIMEOUT",
  inWorld(async (world) => {
    const round = share(await world.sharingWith([], { db: new Promise(() => {}) }));
    await nextTurn();
    letPass(storeTimeoutMs);
    assert.equal((await round).error.code, "STORE_TIMEOUT");
  }),
);

test(
  "a database that drops writes is STORE_DROPPED, until it keeps them",
  inWorld(async (world) => {
    const db = simpleDb();
    const peer = await world.plainPeer(some);
    const sharing = await world.sharingWith([peer.url], { db });
    const { put } = db;
    db.put = () => {};
    const report = await share(sharing);
    assert.deepEqual([report.error.code, entryOf(report, peer.url).rejected], ["STORE_DROPPED", { STORE_DROPPED: 3 }]);
    db.put = put;
    assert.equal((await share(sharing)).totals.inserted, 3);
  }),
);

test(
  "a record that the database refuses blocks no other record and no later peer",
  inWorld(async (world) => {
    const db = simpleDb();
    const { put } = db;
    let refuse;
    const refused = new Promise((resolve) => (refuse = resolve));
    db.put = function refusing(key, one) {
      if (one.data.uuid !== "poison") return put.call(this, key, one);
      setImmediate(() => setImmediate(refuse));
      return faults.rejects();
    };
    const others = [record("a"), record("b")];
    const hostile = await world.plainPeer([record("poison"), ...some]);
    const later = await world.server(async (_, response) => {
      await refused;
      sendJson(response, others);
    });
    const sharing = await world.sharingWith([hostile.url, later.url], { db });
    for (let rounds = 0; rounds < 2; rounds += 1) {
      const report = await share(sharing);
      assert.equal(report.ok, true, JSON.stringify(report));
      assert.deepEqual(entryOf(report, hostile.url).rejected, { STORE_REFUSED: 1 });
      assert.equal(entryOf(report, later.url).outcome, "synced");
      assert.deepEqual(sorted(await heldBy(sharing)), sorted([...some, ...others]));
    }
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
  "a Store that returns something other than what was stored is not believed",
  inWorld(async (world) => {
    const db = storeOver();
    const node = await world.node({ db });
    await node.put(some[0]);
    const before = (await fetch(`${node.url}/linktree/all`)).headers.get("etag");
    db.entries = async function* altered() {
      for await (const entry of db.intact.entries()) yield { ...entry, text: entry.text.replace("record 0", "record X") };
    };
    db.getMany = async (keys) => (await db.intact.getMany(keys)).map((entry) => ({ ...entry, text: "{" }));
    const lacking = await fetch(`${node.url}/linktree/all`);
    assert.deepEqual(await lacking.json(), []);
    assert.notEqual(lacking.headers.get("etag"), before, "it is not sent under the tag of the stored records");
    assert.equal(await node.get(recordKey(some[0].publicKey, "record 0")), undefined);
  }),
);

test(
  "an entry that the database altered is replaced by a good copy from a peer",
  inWorld(async (world) => {
    const held = memoryStore();
    const db = { ...held, damaged: new Set() };
    const damage = (entry) =>
      entry && db.damaged.has(entry.key) ? { ...entry, text: entry.text.replace("record", "r3cord") } : entry;
    db.getMany = async (keys) => (await held.getMany(keys)).map(damage);
    db.entries = async function* damaged(range) {
      for await (const entry of held.entries(range)) yield damage(entry);
    };
    db.remove = async (entries) => {
      await held.remove(entries);
      for (const { key } of entries) db.damaged.delete(key);
    };
    const peer = await world.peer("express-send", some);
    const node = await world.node({ db, peers: [peer.url], serviceUrl: (await world.list()).url });
    await share(node);
    db.damaged.add(recordKey(some[1].publicKey, "record 1"));
    assert.deepEqual(sorted(await heldBy(node)), sorted([some[0], some[2]]), "damaged entries are not returned");
    const { totals } = await share(node);
    assert.deepEqual([totals.verified <= 1, totals.inserted], [true, 1], JSON.stringify(totals));
    assert.deepEqual(sorted(await heldBy(node)), sorted(some));
    assert.equal(entryOf(await share(node), peer.url).outcome, "unchanged");
  }),
);

test(
  "entries after a page of damaged ones are still read",
  inWorld(async (world) => {
    const held = memoryStore();
    const seed = world.sharing({ db: held });
    for (const one of some) await seed.put(one);
    const damaged = Array.from({ length: 1_500 }, (_, at) => ({ key: `!${String(at).padStart(4, "0")}`, version: "" }));
    const db = storeOver(held);
    db.versions = async function* versions() {
      yield* damaged;
      yield* held.versions();
    };
    const sharing = await world.sharingWith([], { db });
    await share(sharing);
    assert.equal(sharing.status().records, 3);
  }),
);

test(
  "a Store that acknowledges without writing is STORE_DROPPED, until it writes",
  inWorld(async (world) => {
    const db = storeOver();
    const peer = await world.peer("express-send", some);
    const sharing = await world.sharingWith([peer.url], { db });
    const { write } = db;
    db.write = async (entries) => entries.map(() => "written");
    for (let rounds = 0; rounds < 2; rounds += 1) {
      assert.equal((await share(sharing)).error.code, "STORE_DROPPED");
      assert.equal(sharing.status().records, 0);
    }
    assert.equal((await sharing.put(some[0])).code, "STORE_DROPPED");
    db.write = write;
    assert.equal((await share(sharing)).totals.inserted, 3);
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
