// A database that does not report its changes: when it is read again, and what that costs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PGlite } from "@electric-sql/pglite";
import { simpleDb } from "./fixtures/databases.js";
import { BASE_MS, record, records, signer, sorted } from "./fixtures/records.js";
import { letPass } from "./fixtures/shifted-clock.js";
import { entryOf, heldBy, inWorld, share } from "./fixtures/world.js";
import { createSharing, generateKey, recordKey } from "../../js/index.js";
import { Database } from "../../js/core/database.js";

const some = records(3);
const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;

async function nodeOver(world, db) {
  const peer = await world.peer("express-send", some);
  const node = await world.node({ db, peers: [peer.url], serviceUrl: await world.deadUrl() });
  return { node, peer, etag: async () => (await fetch(`${node.url}/linktree/all`)).headers.get("etag") };
}

test(
  "the task's own writes are served five seconds later, under another tag",
  inWorld(async (world) => {
    const db = simpleDb();
    const { node, etag } = await nodeOver(world, db);
    await share(node);
    const before = await etag();
    db.put("mine", record("mine"));
    letPass(6 * SECOND_MS);
    assert.notEqual(await etag(), before);
    assert.equal((await (await fetch(`${node.url}/linktree/list`)).json()).length, 4);
  }),
);

test(
  "an item that cannot be read affects no other item",
  inWorld(async (world) => {
    const odd = {
      get data() {
        throw new Error("not to be read");
      },
    };
    const { node } = await nodeOver(world, {
      getAll: () => [
        ...some,
        odd,
        {
          toJSON: () => {
            throw new Error("nor this");
          },
        },
      ],
      put() {},
    });
    assert.deepEqual(sorted(await heldBy(node)), sorted(some));
  }),
);

test(
  "records that are kept as JSON text are read as records",
  inWorld(async (world) => {
    const many = records(40);
    for (const withGet of [true, false]) {
      const held = new Map();
      const db = { getAll: () => [...held.values()], put: (key, one) => void held.set(key, JSON.stringify(one)) };
      if (withGet) db.get = (key) => held.get(key);
      const peer = await world.peer("express-send", many);
      const node = await world.node({ db, peers: [peer.url], serviceUrl: await world.deadUrl() });
      assert.equal((await share(node)).totals.inserted, 40);
      assert.equal((await node.put(record("mine"))).stored, true);
      assert.deepEqual(sorted(await (await fetch(`${node.url}/linktree/list`)).json()), sorted([...many, record("mine")]));
    }
  }),
);

test(
  "a record that the task deleted can be put again at once",
  inWorld(async (world) => {
    const db = simpleDb();
    const node = await world.node({ db });
    assert.equal((await node.put(some[0])).stored, true);
    assert.equal((await node.put(some[0])).stored, false);
    db.held.clear();
    assert.equal((await node.put(some[0])).stored, true);
    assert.deepEqual(await heldBy(node), [some[0]]);
  }),
);

test("one database for two collections is refused", async () => {
  const db = simpleDb();
  const [one, other] = ["linktree", "notes"].map((collection) => createSharing({ taskId: "task", db, collection }));
  await one.ready();
  await assert.rejects(other.ready(), /"notes".*"linktree".*a db of its own/);
});

test(
  "reading the database for others causes no peer's body to be read again",
  inWorld(async (world) => {
    const { node, peer, etag } = await nodeOver(world, simpleDb());
    await share(node);
    for (let rounds = 0; rounds < 3; rounds += 1) {
      letPass(6 * SECOND_MS);
      await etag();
      assert.equal(entryOf(await share(node), peer.url).outcome, "unchanged");
    }
  }),
);

test(
  "a record that the database lost is fetched again after ten minutes, from an unchanged peer",
  inWorld(async (world) => {
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
  }),
);

test(
  "reading the database during a round does not change the round",
  inWorld(async (world) => {
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
  }),
);

test(
  "with get() a few records are written without reading all of them",
  inWorld(async (world) => {
    const db = simpleDb();
    db.get = (key) => db.held.get(key);
    const peer = await world.plainPeer(records(40));
    const sharing = await world.sharingWith([peer.url], { db });
    assert.equal((await share(sharing)).totals.inserted, 40);
    const { reads } = db;
    peer.records = [record("record 7", { timestamp: BASE_MS + 1 }), ...records(40).slice(8)];
    assert.equal((await share(sharing)).totals.replaced, 1);
    assert.equal((await sharing.get(recordKey(peer.records[0].publicKey, "record 7"))).data.timestamp, BASE_MS + 1);
    assert.equal(db.reads, reads);
  }),
);

test("a record is looked up by one reading, whether or not it is there", async () => {
  const db = simpleDb();
  const sharing = createSharing({ taskId: "task", db });
  await sharing.put(some[0]);
  for (const [key, wanted] of [
    [recordKey(some[0].publicKey, "record 0"), some[0]],
    ["nothing", undefined],
  ]) {
    const { reads } = db;
    assert.deepEqual(await sharing.get(key), wanted);
    assert.equal(db.reads - reads, 1, key);
  }
});

test(
  "a record under a key of the task's own is found although get() does not return it",
  inWorld(async (world) => {
    const db = simpleDb();
    db.get = (key) => db.held.get(key);
    const mine = record("mine", { timestamp: BASE_MS + 5 });
    db.held.set("a key of its own", mine);
    const sharing = await world.sharingWith([], { db });
    assert.deepEqual(await sharing.get(recordKey(mine.publicKey, "mine")), mine);
  }),
);

const oddUuids = ["a/b", 'quote " and \\ backslash', "é 😀", "lone \ud800", "__proto__", "line\nbreak", "%2F", " "];

test(
  "a slot is found again, whatever its uuid",
  inWorld(async (world) => {
    const db = simpleDb();
    const versions = (timestamp) => oddUuids.flatMap((uuid) => [1, 2].map((by) => record(uuid, { timestamp, by: signer(by) })));
    const peer = await world.plainPeer(versions(BASE_MS));
    const sharing = await world.sharingWith([peer.url], { db });
    for (const [timestamp, outcome] of [
      [BASE_MS, "inserted"],
      [BASE_MS + 1, "replaced"],
      [BASE_MS, "kept"],
    ]) {
      peer.records = versions(timestamp);
      const report = await share(sharing);
      assert.deepEqual([report.ok, report.totals[outcome]], [true, 2 * oddUuids.length], JSON.stringify(report));
    }
    assert.deepEqual(sorted(await heldBy(sharing)), sorted(versions(BASE_MS + 1)));
  }),
);

/** A record as some databases return it: its members are elsewhere, and its JSON is the record. */
class Model {
  #record;
  constructor(record) {
    this.#record = record;
  }
  toJSON() {
    return this.#record;
  }
}

const wrappers = {
  "objects with a toJSON()": (one) => new Model(one),
  "objects whose data has a toJSON()": (one) => ({ ...one, data: new Model(one.data) }),
  "objects with getters": (one) => Object.defineProperty({ ...one }, "data", { get: () => one.data, enumerable: true }),
  proxies: (one) => new Proxy(one, {}),
  "{ key, value }": (one) => ({ key: "any", value: one }),
  "strings that are objects": (one) => ({ ...one, publicKey: new String(one.publicKey) }),
};

for (const [what, wrapped] of Object.entries(wrappers)) {
  test(
    `records are read back from a database of ${what}`,
    inWorld(async (world) => {
      const db = simpleDb();
      const { getAll } = db;
      db.getAll = () => getAll.call(db).map(wrapped);
      const peer = await world.plainPeer(some);
      const sharing = await world.sharingWith([peer.url], { db });
      assert.equal((await share(sharing)).totals.inserted, 3);
      const edit = record("record 1", { timestamp: BASE_MS + 1 });
      peer.records = [edit];
      const report = await share(sharing);
      assert.deepEqual([report.ok, report.totals.replaced], [true, 1], JSON.stringify(report.error));
      assert.deepEqual(sorted(await heldBy(sharing)), sorted([some[0], edit, some[2]]));
    }),
  );
}

test(
  "a record that the task alters in place is not served, and a good copy is fetched again",
  inWorld(async (world) => {
    const db = simpleDb();
    const { node, peer } = await nodeOver(world, db);
    const served = async () => {
      letPass(6 * SECOND_MS);
      try {
        return (await (await fetch(`${node.url}/linktree/list`)).json()).length;
      } catch {
        return "cut";
      }
    };
    await share(node);
    const [altered] = db.held.values();
    altered.data.linktree = ["altered"];
    assert.deepEqual([await served(), await served()], ["cut", 2], "slot, time and signature are unchanged");
    assert.equal(entryOf(await share(node), peer.url).inserted, 1);
    assert.deepEqual([await served(), sorted(db.getAll())], [3, sorted(some)]);
  }),
);

test(
  "a warning about records that break the rules comes once an hour, if there are more of them",
  inWorld(async (world) => {
    const db = simpleDb(some);
    const warnings = [];
    const warn = (message) => message.includes("break the rules") && warnings.push(message);
    const logger = { debug() {}, info() {}, error() {}, warn };
    const node = await world.node({ db, logger, peers: [], serviceUrl: await world.deadUrl() });
    const readings = async () => {
      for (let reading = 0; reading < 3; reading += 1) {
        letPass(6 * SECOND_MS);
        await (await fetch(`${node.url}/linktree/list`)).arrayBuffer();
      }
    };
    db.held.set("stripped", { uuid: "x", linktree: [], timestamp: 1 });
    await readings();
    assert.equal(warnings.length, 1, warnings.join("\n"));
    assert.match(warnings[0], /records of the db break the rules and count as absent: 1, the first: .*data/);
    db.held.set("forged", { ...some[0], data: { ...some[0].data, uuid: "forged" } });
    await readings();
    assert.equal(warnings.length, 1, warnings.join("\n"));
    letPass(HOUR_MS);
    db.held.delete("stripped");
    for (const uuid of ["forged again", "once more"]) db.held.set(uuid, { ...some[0], data: { ...some[0].data, uuid } });
    await readings();
    assert.equal(warnings.length, 2, warnings.join("\n"));
    assert.match(warnings[1], /the first: [1-9A-HJ-NP-Za-z]{32,44}\/forged, .*does not verify/);
  }),
);

test("a warning names a database that returns changed records: PostgreSQL keeps json and sorts jsonb", async (t) => {
  const postgres = new PGlite();
  t.after(() => postgres.close());
  for (const type of ["json", "jsonb"]) {
    for (const withGet of [true, false]) {
      await t.test(
        `${type} ${withGet ? "with" : "without"} get`,
        inWorld(async (world) => {
          const table = `${type}_${withGet}`;
          await postgres.exec(`create table ${table} (key text primary key, record ${type} not null)`);
          const { put, ...db } = tableOf(postgres, table);
          const sharing = world.sharing({ db: withGet ? { put, ...db } : { put, getAll: db.getAll }, logger: null });
          const { secretKey, publicKey } = generateKey();
          const result = await sharing.update({ uuid: "one", linktree: [], a: 1 }, secretKey);
          if (type === "json") return assert.ok(result.stored, result.message);
          assert.equal(result.code, "STORE_DROPPED");
          const wanted = `the db gives the record of ${publicKey}/one back changed (its fields in another order, or values altered)`;
          assert.ok(
            result.message.startsWith(wanted) && result.message.endsWith("use text or json, not jsonb"),
            result.message,
          );
        }),
      );
    }
  }
});

function tableOf(postgres, table) {
  const recordsWhere = async (condition, values) => {
    const { rows } = await postgres.query(`select record from ${table} where ${condition}`, values);
    return rows.map((row) => row.record);
  };
  return {
    getAll: () => recordsWhere("true", []),
    get: async (key) => (await recordsWhere("key = $1", [key]))[0],
    put: (key, record) =>
      postgres.query(`insert into ${table} values ($1, $2) on conflict (key) do update set record = excluded.record`, [
        key,
        JSON.stringify(record),
      ]),
  };
}

const entries = (count) => records(count).map((one, at) => ({ key: `${at}`, text: JSON.stringify(one), isHeld: false }));

/** The outcomes of this many entries in a database with this `put`, in short. */
async function putAll(count, put) {
  const db = new Database({ db: { getAll: () => [], put }, storeTimeoutMs: 600_000, warn() {} });
  const outcomes = await db.putAll(entries(count));
  return outcomes.map((outcome) => outcome.message ?? outcome);
}

test("an error for one record is that record's outcome alone", async () => {
  const outcomes = await putAll(4, async (key) => {
    if (key !== "0" && key !== "2") return;
    throw new Error(`not ${key}`);
  });
  assert.deepEqual(outcomes, ["db.put() failed: not 0", "written", "db.put() failed: not 2", "written"]);
});

test("a database that refuses eight records in a row, or more if it took others, is not called for the rest", async () => {
  let asked = 0;
  const refusing = (until) => (key) => {
    asked += 1;
    if (Number(key) >= until) throw new Error("full");
  };
  assert.deepEqual(await putAll(20, refusing(0)), Array(20).fill("db.put() failed: full"));
  assert.equal(asked, 8);
  asked = 0;
  const outcomes = await putAll(50, refusing(5));
  assert.equal(outcomes.filter((outcome) => outcome === "written").length, 5);
  assert.equal(asked, 37);
});

test("a put that hangs ends the batch, and nothing is put after it", async () => {
  const asked = [];
  let answer;
  const put = (key) => {
    asked.push(key);
    if (key === "1") return new Promise((resolve) => (answer = resolve));
  };
  const db = new Database({ db: { getAll: () => [], put }, storeTimeoutMs: 60_000, warn() {} });
  const written = db.putAll(entries(3));
  while (!answer) await new Promise(setImmediate);
  letPass(60_000);
  await assert.rejects(written, { code: "STORE_TIMEOUT" });
  answer();
  await new Promise(setImmediate);
  assert.deepEqual(asked, ["0", "1"]);
});

test("a key that is requested twice is found twice", async () => {
  const [one, other] = records(2);
  const db = new Database({ db: { getAll: () => [one, other], put() {} }, storeTimeoutMs: 600_000, warn() {} });
  const key = recordKey(one.publicKey, one.data.uuid);
  const scan = await db.readSlots([key, `${one.publicKey}/absent`, key], "whole", false);
  const lines = new TextDecoder()
    .decode(await scan.page())
    .split("\n")
    .filter(Boolean);
  assert.deepEqual(
    lines,
    [0, 2].map((place) => `${place} ${JSON.stringify(one)}`),
  );
});
