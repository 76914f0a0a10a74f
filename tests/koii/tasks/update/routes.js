const { linktreeRoutes } = require("../environment/linktreeRoutes");
const db = require("./db_model");

async function update(linktree) {
  const { publicKey, signature } = linktree;
  await Promise.all([db.updateLinktree(publicKey, linktree), db.updateProofs(publicKey, { publicKey, signature })]);
}

module.exports = linktreeRoutes(db, { update, statusWhenEmpty: 404 });
