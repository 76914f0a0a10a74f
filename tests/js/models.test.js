// The db_model.js of existing linktree tasks, in every published shape, and over a real NeDB.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import Datastore from "nedb-promises";
import { recordKey } from "../../js/index.js";
import { linktreeModel } from "./fixtures/databases.js";
import { asItems, BASE_MS, isVerifiable, record, signer, sorted } from "./fixtures/records.js";
import { entryOf, heldBy, inWorld, share } from "./fixtures/world.js";

const owners = [1, 2, 3].map((number) => signer(number));
const some = owners.map((by, number) => record(`of owner ${number}`, { by }));

const shapes = {
  "an array of records": (records) => records,
  "an array of { key, value }": (records) => asItems(records),
  "null while it is empty": (records) => (records.length > 0 ? records : null),
  "undefined while it is empty": (records) => (records.length > 0 ? records : undefined),
  "the text [] while it is empty": (records) => (records.length > 0 ? records : "[]"),
  "JSON text": (records) => JSON.stringify(asItems(records)),
  "a promise": async (records) => [...records],
  "a promise of JSON text": async (records) => JSON.stringify(records),
};

for (const [what, shape] of Object.entries(shapes)) {
  test(
    `a model that returns ${what} has one slot for each owner, and edits are stored`,
    inWorld(async (world) => {
      const model = linktreeModel({ shape });
      const peer = await world.plainPeer(asItems(some));
      const sharing = await world.sharingWith([peer.url], { db: model });
      assert.equal((await share(sharing)).totals.inserted, 3);
      const edit = record("another uuid", { timestamp: some[0].data.timestamp + 1, by: owners[0] });
      peer.records = [edit, ...some];
      const { replaced, known } = entryOf(await share(sharing), peer.url);
      assert.deepEqual([replaced, known], [1, 3]);
      assert.equal(model.documents.length, 4, "edits are inserted, and the newest counts");
      const held = await heldBy(sharing);
      assert.deepEqual(sorted(held), sorted([edit, some[1], some[2]]));
      assert.ok(held.every(isVerifiable));
      assert.deepEqual(await sharing.get(recordKey(owners[0].publicKey)), edit);
    }),
  );
}

test(
  "setLinktree gets the public key, the record, and the argument that one variant wants",
  inWorld(async (world) => {
    const model = linktreeModel();
    const sharing = await world.sharingWith([], { db: model });
    await sharing.put(some[0]);
    assert.deepEqual(model.calls, [[some[0].publicKey, some[0], "createLinkTree"]]);
  }),
);

/** The oldest published model: it does not wait for its own put. */
function unawaitedModel(ms) {
  return linktreeModel({ set: (documents, _, one) => void setTimeout(() => documents.push(one), ms) });
}

test(
  "a record that a model holds within a second is reported stored, even if the model does not wait for its put",
  inWorld(async (world) => {
    const model = unawaitedModel(150);
    const peer = await world.plainPeer(some);
    const sharing = await world.sharingWith([peer.url], { db: model });
    const heard = [];
    sharing.on("record", (one) => heard.push(one));
    const report = await share(sharing);
    assert.deepEqual([report.ok, report.totals.inserted], [true, 3], JSON.stringify(report.error));
    assert.deepEqual(sorted(heard), sorted(some));
    assert.equal(model.calls.length, 3);
    assert.equal((await share(sharing)).totals.known, 3);
    assert.equal(model.calls.length, 3);
  }),
);

test(
  "a getter that returns the oldest of several documents does not hide the newer ones",
  inWorld(async (world) => {
    const model = linktreeModel();
    model.getLinktree = (publicKey) => model.documents.find((one) => one.publicKey === publicKey) ?? null;
    const sharing = await world.sharingWith([], { db: model });
    for (const edit of [1, 2, 3]) {
      const version = record("mine", { by: owners[0], timestamp: BASE_MS + edit });
      assert.equal((await sharing.put(version)).stored, true);
      assert.deepEqual(await sharing.get(recordKey(owners[0].publicKey)), version);
    }
  }),
);

test(
  "a getter that throws for a missing record does no harm",
  inWorld(async (world) => {
    const model = linktreeModel();
    model.getLinktree = (publicKey) => {
      const found = model.documents.find((one) => one.publicKey === publicKey);
      if (!found) throw new Error("NotFound: no such key");
      return JSON.stringify({ key: `linktree:${publicKey}`, value: found });
    };
    const sharing = await world.sharingWith([], { db: model });
    assert.equal((await sharing.put(some[0])).stored, true);
    assert.deepEqual(await sharing.get(recordKey(some[0].publicKey)), some[0]);
  }),
);

test(
  "setProofs gets the proof of each stored record, and its failure undoes nothing",
  inWorld(async (world) => {
    const proofs = [];
    const warnings = [];
    const model = linktreeModel();
    model.setProofs = async (publicKey, proof) => {
      assert.ok(
        model.documents.some((one) => one.publicKey === publicKey),
        "the record is there first",
      );
      proofs.push([publicKey, proof]);
      if (publicKey === some[2].publicKey) throw new Error("no room for proofs");
    };
    const logger = { debug() {}, info() {}, error() {}, warn: (message) => warnings.push(message) };
    const peer = await world.plainPeer(some);
    const sharing = await world.sharingWith([peer.url], { db: model, logger });
    const report = await share(sharing);
    assert.deepEqual([report.ok, report.totals.inserted], [true, 3], JSON.stringify(report.error));
    const wanted = some.map(({ publicKey, signature }) => [publicKey, { publicKey, signature }]);
    assert.deepEqual(sorted(proofs), sorted(wanted));
    const ofProof = warnings.filter((message) => message.includes(`proof of ${some[2].publicKey}: no room for proofs`));
    assert.equal(ofProof.length, 1, warnings.join("\n"));
  }),
);

test(
  "a model that swallows its errors is STORE_DROPPED, and the records are stored when it works again",
  inWorld(async (world) => {
    let isBroken = true;
    const model = linktreeModel({ set: (documents, _, one) => void (isBroken || documents.push(one)) });
    const peer = await world.plainPeer(some);
    const sharing = await world.sharingWith([peer.url], { db: model });
    const { code, message } = (await share(sharing)).error;
    assert.equal(code, "STORE_DROPPED");
    assert.equal(message, "db.setLinktree() acknowledged 3 records, and the db does not hold any of them");
    isBroken = false;
    assert.equal((await share(sharing)).totals.inserted, 3);
  }),
);

test(
  "a promise of a model has one slot for each owner, or is refused",
  inWorld(async (world) => {
    const refused = await share(await world.sharingWith([], { db: Promise.resolve(linktreeModel()) }));
    assert.equal(refused.error.code, "STORE_FAILED");
    const allowed = await share(await world.sharingWith([], { db: Promise.resolve(linktreeModel()), identity: "owner" }));
    assert.equal(allowed.ok, true);
  }),
);

const harmful = {
  "a field name with a dot": { "a.b": 1 },
  "a field name that begins with a dollar": { nested: [{ $set: 1 }] },
  "a $$date": { when: { $$date: 1 } },
  "U+0085": { text: "a\u0085b" },
  "U+2028": { text: "a\u2028b" },
  "U+2029 in a field name": { "a\u2029b": 1 },
  "a __proto__": JSON.parse('{"nested":{"__proto__":{"x":1}}}'),
};

for (const [what, more] of Object.entries(harmful)) {
  test(
    `a record with ${what} is STORE_UNSAFE for a model, and no other record is affected`,
    inWorld(async (world) => {
      const unsafe = record("unsafe", { by: signer(9), ...more });
      const peer = await world.plainPeer([unsafe, ...some]);
      const model = linktreeModel();
      const sharing = await world.sharingWith([peer.url], { db: model });
      const report = await share(sharing);
      const { outcome, inserted, rejected } = entryOf(report, peer.url);
      assert.deepEqual([report.ok, outcome, inserted, rejected], [true, "synced", 3, { STORE_UNSAFE: 1 }]);
      assert.deepEqual(sorted(model.documents), sorted(some));
      assert.equal((await sharing.put(unsafe)).code, "STORE_UNSAFE");
    }),
  );
}

test(
  "harmful unsigned fields are left out, because any relay can add them",
  inWorld(async (world) => {
    const peer = await world.plainPeer([
      { ...some[0], "user.name": "x" },
      { ...some[1], username: "y" },
    ]);
    const model = linktreeModel();
    const report = await share(await world.sharingWith([peer.url], { db: model }));
    assert.deepEqual([report.ok, entryOf(report, peer.url).inserted], [true, 2]);
    assert.deepEqual(sorted(model.documents), sorted([some[0], { ...some[1], username: "y" }]));
  }),
);

/** The model of later tasks, where namespaceWrapper.getDb() resolves with a NeDB in a file. */
function nedbModel(db) {
  return {
    getAllLinktrees: () => db.find({ publicKey: { $exists: true } }),
    setLinktree: async (publicKey, one) => {
      try {
        await db.update({ publicKey }, { ...one }, { upsert: true });
      } catch {
        // As published: the error is not passed on.
      }
    },
  };
}

test(
  "records in a real NeDB still verify after a restart",
  inWorld(async (world) => {
    const folder = await mkdtemp(join(tmpdir(), "dbsharing-nedb-"));
    try {
      const open = async () => {
        const db = Datastore.create(join(folder, "db"));
        await db.load();
        return db;
      };
      const tricky = record("tricky 😀 \ud800", {
        by: signer(7),
        10: "ten",
        2: "two",
        nothing: null,
        numbers: [1e21, -0.1, 5e-324, 1e-7],
        text: '\u007f\u2027/"\\',
      });
      const db = await open();
      const peer = await world.plainPeer([...some, tricky]);
      const sharing = await world.sharingWith([peer.url], { db: nedbModel(db) });
      assert.equal((await share(sharing)).totals.inserted, 4);
      peer.records = [record("edit", { timestamp: some[0].data.timestamp + 1, by: owners[0] })];
      assert.equal((await share(sharing)).totals.replaced, 1);

      const again = await world.sharingWith([peer.url], { db: nedbModel(await open()) });
      assert.equal((await share(again)).totals.known, 1);
      const held = await heldBy(again);
      assert.equal(held.length, 4);
      assert.ok(held.every(isVerifiable));
    } finally {
      await rm(folder, { recursive: true });
    }
  }),
);

test(
  "an _id that a peer adds to honest records does not keep them out of a NeDB",
  inWorld(async (world) => {
    const db = Datastore.create({ inMemoryOnly: true });
    const hostile = await world.plainPeer(some.map((one) => ({ ...one, _id: "the same for all" })));
    const sharing = await world.sharingWith([hostile.url], { db: nedbModel(db) });
    const report = await share(sharing);
    assert.deepEqual([report.ok, report.totals.inserted], [true, 3], JSON.stringify(report.error));
    hostile.records = [{ ...record("edit", { timestamp: Date.now(), by: owners[0] }), _id: "another" }];
    assert.equal((await share(sharing)).totals.replaced, 1);
  }),
);

test(
  "a thousand records of a NeDB are read back and served",
  inWorld(async (world) => {
    const many = Array.from({ length: 1_000 }, (_, number) => record("one", { by: signer(number) }));
    const db = Datastore.create({ inMemoryOnly: true });
    const peer = await world.plainPeer(many);
    const node = await world.node({ db: nedbModel(db), peers: [peer.url], serviceUrl: await world.deadUrl() });
    assert.equal((await share(node)).totals.inserted, 1_000);
    const served = await (await fetch(`${node.url}/task/task/linktree/all`)).json();
    assert.equal(served.length, 1_000);
    const isSound = ({ key, value }) => key === `linktree:${value.publicKey}` && isVerifiable(value);
    assert.ok(served.slice(0, 20).every(isSound));
  }),
);
