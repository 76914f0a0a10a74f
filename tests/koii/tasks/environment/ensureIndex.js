async function ensureIndex(namespaceWrapper) {
  const db = await namespaceWrapper.getDb();
  for (const fieldName of ["linktreeId", "proofsId"]) {
    db.ensureIndex({ fieldName, sparse: true }).catch((error) => console.error("Index creation error:", error));
  }
}

module.exports = { ensureIndex };
