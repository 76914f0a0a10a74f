const express = require("express");
const db = require("./db_model");

const router = express.Router();

router.post("/linktree", async (req, res) => {
  const linktree = req.body.payload;
  if (!linktree) {
    res.status(400).json({ error: "Invalid request" });
    return;
  }
  await db.setLinktree(linktree.publicKey, linktree);
  res.status(200).send({ message: "Linktree registered successfully" });
});

router.get("/linktree/get/:publicKey", async (req, res) => {
  const linktree = (await db.getLinktree(req.params.publicKey)) || "[]";
  res.status(200).send(linktree);
});

router.get("/linktree/all", async (req, res) => {
  const linktrees = await db.getAllLinktrees();
  res.status(200).send(linktrees.map((value) => ({ key: `linktree:${value.publicKey}`, value })));
});

router.get("/linktree/list", async (req, res) => {
  res.status(200).send((await db.getAllLinktrees()) || "[]");
});

module.exports = router;
