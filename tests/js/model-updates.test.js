// Edits in the db_model.js of existing linktree tasks: what has updateLinktree and updateProofs, in the shapes that were published.
import assert from "node:assert/strict";
import { test } from "node:test";
import Datastore from "nedb-promises";
import { recordKey } from "../../js/index.js";
import { linktreeModel } from "./fixtures/databases.js";
import { BASE_MS, record, signer } from "./fixtures/records.js";
import { inWorld, share } from "./fixtures/world.js";

const owners = [1, 2, 3].map((number) => signer(number));
const good = record("of owner 1", { by: owners[0] });

/** A model of which each owner has one document once there is one: it knows how to update, and how to give one. */
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

test("where the model has updateLinktree an edit is an update: one document, and its own getter answers it", inWorld(async (world) => {
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
}));

test("what a slot holds is updated also where it is no sound record", inWorld(async (world) => {
  const db = Datastore.create({ inMemoryOnly: true });
  const model = updatingModel(db);
  await model.setLinktree(good.publicKey, { ...good, data: { ...good.data, altered: true } });
  const peer = await world.plainPeer([good]);
  const sharing = await world.sharingWith([peer.url], { db: model });
  assert.equal((await share(sharing)).totals.inserted, 1);
  assert.deepEqual(await model.getAllLinktrees(), [good]);
}));

/** Where one published model puts edits, none of its getters looks; they give the first of several documents. */
function lostUpdates(model, elsewhere) {
  model.getLinktree = (publicKey) => model.documents.find((one) => one.publicKey === publicKey);
  model.updateLinktree = (publicKey, one) => void elsewhere.push(one);
}

test("an update that the model's getter does not show is set as well", inWorld(async (world) => {
  const elsewhere = [];
  const model = linktreeModel();
  lostUpdates(model, elsewhere);
  const sharing = await world.sharingWith([], { db: model });
  const versions = [1, 2].map((edit) => record("mine", { by: owners[0], timestamp: BASE_MS + edit }));
  for (const version of versions) assert.equal((await sharing.put(version)).stored, true);
  assert.deepEqual([model.documents, elsewhere], [versions, [versions[1]]]);
}));

test("an update that the getter shows is not set again, as text, keyed or bare", inWorld(async (world) => {
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
}));

test("the proof of an edit is an update where the model has updateProofs, and is set where that shows nothing", inWorld(async (world) => {
  const calls = [];
  const proofs = new Map();
  const model = linktreeModel();
  model.setProofs = (publicKey, proof, how) => void (calls.push(`set ${how}`), proofs.set(publicKey, proof));
  model.updateProofs = (publicKey, proof) => void (calls.push("update"), proofs.has(publicKey) && proofs.set(publicKey, proof));
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
}));
