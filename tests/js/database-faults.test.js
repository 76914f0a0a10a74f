// Faults of a task's database: what a round, a read and a write make of each, and how the next round repairs them.
import { letPass, storeTimeoutMs } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import { recordKey } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";
import { sendJson } from "../network/server.js";
import { faultCodes, faults, simpleDb, storeOver } from "./fixtures/databases.js";
import { record, records, sorted } from "./fixtures/records.js";
import { entryOf, heldBy, inWorld, nextTurn, share, until } from "./fixtures/world.js";

const some = records(3);

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
  "write() returns unknown outcomes": [
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
