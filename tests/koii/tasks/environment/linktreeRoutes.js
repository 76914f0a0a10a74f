// The routes of the tasks with a NeDB: no /linktree/all, a list of bare records, and signatures that are looked at.
const express = require("express");
const nacl = require("tweetnacl");
const bs58 = require("bs58").default;

function isSigned({ data, publicKey, signature }) {
  const bytes = new TextEncoder().encode(JSON.stringify(data));
  return nacl.sign.detached.verify(bytes, bs58.decode(signature), bs58.decode(publicKey));
}

/** Routes over a db_model; `update` is what a PUT calls, where the task knows any; `statusWhenEmpty` that of an empty list. */
function linktreeRoutes(db, { update, statusWhenEmpty = 200 } = {}) {
  const router = express.Router();

  router.post("/linktree", async (req, res) => {
    const linktree = req.body.payload;
    if (!linktree || !linktree.data) {
      res.status(400).json({ error: "Invalid request, missing data" });
      return;
    }
    if (!isSigned(linktree)) {
      res.status(400).json({ error: "Invalid signature" });
      return;
    }
    const { publicKey, signature } = linktree;
    await db.setLinktree(publicKey, linktree, "createLinkTree");
    await db.setProofs(publicKey, { publicKey, signature }, "createLinkTree");
    res.status(200).send({ message: "Proof and linktree registered successfully" });
  });

  if (update) {
    router.put("/linktree", async (req, res) => {
      if (!isSigned(req.body.payload)) {
        res.status(400).json({ error: "Invalid signature" });
        return;
      }
      await update(req.body.payload);
      res.status(200).send({ message: "Proof and linktree registered successfully" });
    });
  }

  router.get("/linktree/get/:publicKey", async (req, res) => {
    res.status(200).send((await db.getLinktree(req.params.publicKey)) || "[]");
  });

  router.get("/linktree/list", async (req, res) => {
    const linktrees = (await db.getAllLinktrees(true)) || "[]";
    if (linktrees.length === 0 && statusWhenEmpty !== 200) {
      res.status(statusWhenEmpty).send("No linktrees found");
      return;
    }
    res.status(200).send(linktrees);
  });

  router.get("/proofs/all", async (req, res) => {
    res.status(200).send((await db.getAllProofs()) || "[]");
  });

  router.get("/proofs/get/:publicKey", async (req, res) => {
    res.status(200).send((await db.getProofs(req.params.publicKey)) || "[]");
  });

  return router;
}

module.exports = { linktreeRoutes };
