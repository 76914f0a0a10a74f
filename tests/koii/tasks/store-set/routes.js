const { linktreeRoutes } = require("../environment/linktreeRoutes");
const db = require("./db_model");

async function update(linktree) {
  const { publicKey, signature } = linktree;
  await db.updateLinktree(publicKey, linktree);
  await db.setProofs(publicKey, { publicKey, signature });
}

module.exports = linktreeRoutes(db, { update });
