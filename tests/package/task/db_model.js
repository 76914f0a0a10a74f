const { namespaceWrapper } = require("./namespaceWrapper");

async function ensureIndex() {
  const db = await namespaceWrapper.getDb();
  await db.ensureIndex({ fieldName: "linktreeId", sparse: true });
}

const indexed = ensureIndex().catch((error) => console.error("Index creation error:", error));

function getLinktreeId(publicKey) {
  return `linktree:${publicKey}`;
}

async function getLinktree(publicKey) {
  const db = await namespaceWrapper.getDb();
  try {
    const found = await db.findOne({ linktreeId: getLinktreeId(publicKey) });
    return found ? found.linktree : null;
  } catch (error) {
    console.error(error);
    return null;
  }
}

async function setLinktree(publicKey, linktree) {
  await indexed;
  const db = await namespaceWrapper.getDb();
  try {
    await db.insert({ linktreeId: getLinktreeId(publicKey), linktree });
    return console.log("Linktree set");
  } catch (error) {
    return undefined;
  }
}

async function getAllLinktrees() {
  const db = await namespaceWrapper.getDb();
  const found = await db.find({ linktree: { $exists: true } });
  return found.map(({ linktree }) => linktree);
}

module.exports = { getLinktree, setLinktree, getAllLinktrees };
