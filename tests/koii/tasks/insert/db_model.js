// The linktree template: NeDB, every write is one more document, getters answer with the first that they find.
const { namespaceWrapper } = require("../environment/namespaceWrapper");
const { ensureIndex } = require("../environment/ensureIndex");

ensureIndex(namespaceWrapper);

const getLinktreeId = (publicKey) => `linktree:${publicKey}`;
const getProofsId = (publicKey) => `proofs:${publicKey}`;

const getLinktree = async (publicKey) => {
  const db = await namespaceWrapper.getDb();
  try {
    const found = await db.findOne({ linktreeId: getLinktreeId(publicKey) });
    return found ? found.linktree : null;
  } catch (error) {
    console.error(error);
    return null;
  }
};

const setLinktree = async (publicKey, linktree) => {
  const db = await namespaceWrapper.getDb();
  try {
    await db.insert({ linktreeId: getLinktreeId(publicKey), linktree });
    return console.log("Linktree set");
  } catch (error) {
    return undefined;
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

const setProofs = async (publicKey, proofs) => {
  const db = await namespaceWrapper.getDb();
  try {
    await db.insert({ proofsId: getProofsId(publicKey), proofs });
    return console.log("Proofs set");
  } catch (error) {
    return undefined;
  }
};

const getAllProofs = async () => {
  const db = await namespaceWrapper.getDb();
  const found = await db.find({ proofs: { $exists: true } });
  return found.map(({ proofs }) => proofs);
};

module.exports = { getLinktree, setLinktree, getAllLinktrees, getProofs, setProofs, getAllProofs };
