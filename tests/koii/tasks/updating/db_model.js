// The linktree template with the two functions that the README gives to it, so that its getters answer with the latest.
const { namespaceWrapper } = require("../environment/namespaceWrapper");
const inserting = require("../insert/db_model");

const updateLinktree = async (publicKey, linktree) => {
  const db = await namespaceWrapper.getDb();
  await db.update({ linktreeId: `linktree:${publicKey}` }, { $set: { linktree } });
};

const updateProofs = async (publicKey, proofs) => {
  const db = await namespaceWrapper.getDb();
  await db.update({ proofsId: `proofs:${publicKey}` }, { $set: { proofs } });
};

module.exports = { ...inserting, updateLinktree, updateProofs };
