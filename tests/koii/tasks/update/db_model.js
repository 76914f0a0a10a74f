// The later linktree tasks: edits are updates, in two spellings of their calls; new records and their proofs go to the
// database that a third argument names, and to none without it.
const { namespaceWrapper } = require("@_koii/namespace-wrapper");
const { ensureIndex } = require("../environment/ensureIndex");

ensureIndex(namespaceWrapper);

const getLinktreeId = (publicKey) => `linktree:${publicKey}`;
const getProofsId = (publicKey) => `proofs:${publicKey}`;

const getLinktree = async (publicKey) => {
  try {
    const db = await namespaceWrapper.getDb();
    const found = await db.findOne({ linktreeId: getLinktreeId(publicKey) });
    return found ? found.linktree : null;
  } catch (error) {
    return error;
  }
};

const setLinktree = async (publicKey, linktree, databaseName) => {
  if (!databaseName || databaseName.trim() === "") {
    console.log("database name is empty");
    return undefined;
  }
  const db = await namespaceWrapper.getDb();
  await db.insert({ linktreeId: getLinktreeId(publicKey), linktree, username: linktree.username });
  return console.log("Linktree set");
};

const updateLinktree = async (publicKey, linktree) => {
  try {
    const db = await namespaceWrapper.getDb();
    const linktreeId = getLinktreeId(publicKey);
    const { _id, username } = await db.findOne({ linktreeId });
    db.update({ _id, linktreeId }, { $set: { _id, linktreeId, linktree, username } }, {}, () => db.loadDatabase());
    return "Linktree updated";
  } catch (error) {
    return error;
  }
};

const getAllLinktrees = async () => {
  const db = await namespaceWrapper.getDb();
  const found = await db.find({ linktree: { $exists: true } });
  return found.map(({ linktree }) => linktree);
};

const getProofs = async (publicKey) => {
  const db = await namespaceWrapper.getDb();
  const found = await db.findOne({ proofsId: getProofsId(publicKey) });
  return found ? found.proofs : null;
};

const setProofs = async (publicKey, proofs, databaseName) => {
  if (!databaseName || databaseName.trim() === "") return undefined;
  const db = await namespaceWrapper.getDb();
  await db.insert({ proofsId: getProofsId(publicKey), proofs });
  return console.log("Proofs set");
};

const updateProofs = async (publicKey, newProofs) => {
  const db = await namespaceWrapper.getDb();
  try {
    const proofsId = getProofsId(publicKey);
    const existing = await db.findOne({ proofsId });
    if (!existing) throw new Error("Linktree not found for the given publicKey");
    await db.update({ proofsId }, { $set: { proofs: { ...existing.proofs, ...newProofs } } });
    return "Proofs updated";
  } catch (error) {
    return undefined;
  }
};

const getAllProofs = async () => {
  const db = await namespaceWrapper.getDb();
  const found = await db.find({ proofs: { $exists: true } });
  return found.map(({ proofs }) => proofs);
};

module.exports = {
  getLinktree,
  setLinktree,
  updateLinktree,
  getAllLinktrees,
  getProofs,
  setProofs,
  updateProofs,
  getAllProofs,
};
