// Edits in the db_model.js of existing linktree tasks: models with updateLinktree and updateProofs, in each published shape.
import assert from "node:assert/strict";
import { test } from "node:test";
import express from "express";
import Datastore from "nedb-promises";
import { recordKey } from "../../js/index.js";
import { linktreeModel } from "./fixtures/databases.js";
import { BASE_MS, record, signer } from "./fixtures/records.js";
import { inWorld, share } from "./fixtures/world.js";

const owners = [1, 2, 3].map((number) => signer(number));
const good = record("of owner 1", { by: owners[0] });

/** A model that can update and find documents, so that each owner keeps one document. */
function updatingModel(db) {
  return {
    getAllLinktrees: async () => (await db.find({ linktree: { $exists: true } })).map(({ linktree }) => linktree),
    getLinktree: async (publicKey) => (await db.findOne({ linktreeId: `linktree:${publicKey}` }))?.linktree ?? null,
    setLinktree: async (publicKey, linktree) => {
      await db.insert({ linktreeId: `linktree:${publicKey}`, linktree });
    },
    updateLinktree: async (publicKey, linktree) => {
      await db.update({ linktreeId: `linktree:${publicKey}` }, { $set: { linktree } });
    },
  };
}

test(
  "if the model has updateLinktree, an edit updates the one document, which the model's getter returns",
  inWorld(async (world) => {
    const db = Datastore.create({ inMemoryOnly: true });
    const model = updatingModel(db);
    const sharing = await world.sharingWith([], { db: model });
    const [owner] = owners;
    for (const edit of [1, 2, 3, 4]) {
      const version = record("mine", { by: owner, timestamp: BASE_MS + edit, edit });
      assert.equal((await sharing.put(version)).stored, true);
      assert.deepEqual(await model.getLinktree(owner.publicKey), version);
      assert.deepEqual(await sharing.get(recordKey(owner.publicKey)), version);
      assert.equal(await db.count({}), 1);
    }
  }),
);

test(
  "an entry is updated even if it is not a valid record",
  inWorld(async (world) => {
    const db = Datastore.create({ inMemoryOnly: true });
    const model = updatingModel(db);
    await model.setLinktree(good.publicKey, { ...good, data: { ...good.data, altered: true } });
    const peer = await world.plainPeer([good]);
    const sharing = await world.sharingWith([peer.url], { db: model });
    assert.equal((await share(sharing)).totals.inserted, 1);
    assert.deepEqual(await model.getAllLinktrees(), [good]);
  }),
);

/** One published model puts edits where none of its getters looks; they return the first of several documents. */
function lostUpdates(model, elsewhere) {
  model.getLinktree = (publicKey) => model.documents.find((one) => one.publicKey === publicKey);
  model.updateLinktree = (publicKey, one) => void elsewhere.push(one);
}

test(
  "an update that the model's getter does not return is set as well",
  inWorld(async (world) => {
    const elsewhere = [];
    const model = linktreeModel();
    lostUpdates(model, elsewhere);
    const sharing = await world.sharingWith([], { db: model });
    const versions = [1, 2].map((edit) => record("mine", { by: owners[0], timestamp: BASE_MS + edit }));
    for (const version of versions) assert.equal((await sharing.put(version)).stored, true);
    assert.deepEqual([model.documents, elsewhere], [versions, [versions[1]]]);
  }),
);

test(
  "an update that the getter returns is not set again, as text, keyed or bare",
  inWorld(async (world) => {
    const shapes = [(one) => one, (one) => JSON.stringify(one), (one) => ({ key: `linktree:${one.publicKey}`, value: one })];
    for (const shape of shapes) {
      const model = linktreeModel();
      model.getLinktree = (publicKey) => shape(model.documents.find((one) => one.publicKey === publicKey) ?? null);
      model.updateLinktree = (publicKey, one) => void model.documents.splice(0, 1, one);
      const sharing = await world.sharingWith([], { db: model });
      const versions = [1, 2].map((edit) => record("mine", { by: owners[0], timestamp: BASE_MS + edit }));
      for (const version of versions) assert.equal((await sharing.put(version)).stored, true);
      assert.deepEqual([model.documents, model.calls.length], [[versions[1]], 1]);
    }
  }),
);

test(
  "with updateProofs the proof of an edit is an update, and is also set if the getter does not return it",
  inWorld(async (world) => {
    const calls = [];
    const proofs = new Map();
    const model = linktreeModel();
    model.setProofs = (publicKey, proof, how) => void (calls.push(`set ${how}`), proofs.set(publicKey, proof));
    model.updateProofs = (publicKey, proof) =>
      void (calls.push("update"), proofs.has(publicKey) && proofs.set(publicKey, proof));
    model.getProofs = (publicKey) => proofs.get(publicKey) ?? null;
    const sharing = await world.sharingWith([], { db: model });
    const [{ publicKey }] = owners;
    for (const edit of [1, 2, 3]) {
      const version = record("mine", { by: owners[0], timestamp: BASE_MS + edit });
      assert.equal((await sharing.put(version)).stored, true);
      assert.deepEqual(proofs.get(publicKey), { publicKey, signature: version.signature });
      if (edit === 2) proofs.clear();
    }
    assert.deepEqual(calls, ["set createLinkTree", "update", "update", "set createLinkTree"]);
  }),
);

/** What a task's route does if it adds each proof to a list. */
async function pushes(model, publicKey, proof) {
  const proofs = (await model.getProofs(publicKey)) || [];
  proofs.push(proof);
  await model.setProofs(publicKey, proofs);
}

const proofOf = ({ publicKey, signature }) => ({ publicKey, signature });
const version = (edit, by = owners[0]) => record("mine", { by, timestamp: BASE_MS + edit });

/** A model that returns the proofs that were set last, or `none`. */
function provingModel(none) {
  const proofs = new Map();
  const getProofs = async (publicKey) => structuredClone(proofs.get(publicKey)) ?? none();
  const setProofs = async (publicKey, proof) => void proofs.set(publicKey, structuredClone(proof));
  return { ...linktreeModel(), proofs, getProofs, setProofs };
}

const nones = {
  null: () => null,
  undefined: () => undefined,
  "an error": () => {
    throw new Error("NotFound");
  },
};

for (const [what, none] of Object.entries(nones)) {
  test(
    `a list of proofs keeps those of others in a model that returns ${what} if it has none`,
    inWorld(async (world) => {
      const model = provingModel(none);
      const { publicKey } = owners[0];
      const [noted, named] = [proofOf(version(9, owners[1])), { signature: "of nobody" }];
      model.proofs.set(publicKey, [noted, proofOf(version(1)), named]);
      const sharing = await world.sharingWith([], { db: model });
      for (const edit of [2, 3]) assert.equal((await sharing.put(version(edit))).stored, true);
      assert.deepEqual(
        model.proofs.get(publicKey),
        [noted, named, proofOf(version(3))],
        "it does not grow with the edits of one owner",
      );
      await pushes(model, publicKey, noted);
      const other = version(4, owners[2]);
      assert.equal((await sharing.put(other)).stored, true);
      assert.deepEqual(model.proofs.get(other.publicKey), [proofOf(other)], "another public key has a list as well");
    }),
  );
}

test(
  "a route that pushes still works if the model returns an empty list for an unknown key",
  inWorld(async (world) => {
    const model = provingModel(() => []);
    const peer = await world.plainPeer([version(1)]);
    const sharing = await world.sharingWith([peer.url], { db: model });
    const app = express();
    app.post("/linktree", express.json(), async (req, res) => {
      await pushes(model, req.body.publicKey, proofOf(req.body));
      res.send("registered");
    });
    const { url } = await world.server(app);
    await share(sharing);
    const init = { method: "POST", body: JSON.stringify(version(2)), headers: { "content-type": "application/json" } };
    assert.equal((await fetch(`${url}/linktree`, init)).status, 200);
    assert.deepEqual(
      model.proofs.get(owners[0].publicKey),
      [1, 2].map((edit) => proofOf(version(edit))),
    );
  }),
);

test(
  "a list of proofs is updated if the model can, as text and keyed too",
  inWorld(async (world) => {
    for (const shape of [(value) => value, JSON.stringify, (value) => ({ key: "proofs", value })]) {
      const model = provingModel(() => null);
      const { publicKey } = owners[0];
      const [held, calls] = [[proofOf(version(9, owners[1]))], []];
      model.proofs.set(publicKey, held);
      const { getProofs, setProofs } = model;
      Object.assign(model, { getProofs: async (key) => shape(await getProofs(key)), updateProofs: setProofs });
      model.setProofs = (...given) => (calls.push(given), setProofs(...given));
      const sharing = await world.sharingWith([], { db: model });
      for (const edit of [1, 2]) assert.equal((await sharing.put(version(edit))).stored, true);
      assert.deepEqual([model.proofs.get(publicKey), calls.length], [[...held, proofOf(version(2))], 1]);
    }
  }),
);

test(
  "documents that a getter returns around proofs are not nested in one another",
  inWorld(async (world) => {
    const db = Datastore.create({ inMemoryOnly: true });
    const model = linktreeModel();
    model.getProofs = (publicKey) => db.find({ id: publicKey });
    model.setProofs = (publicKey, proofs) => db.update({ id: publicKey }, { id: publicKey, proofs }, { upsert: true });
    const sharing = await world.sharingWith([], { db: model });
    for (const edit of [1, 2, 3]) assert.equal((await sharing.put(version(edit))).stored, true);
    const [{ proofs }] = await model.getProofs(owners[0].publicKey);
    assert.deepEqual([proofs].flat(), [proofOf(version(3))]);
  }),
);
