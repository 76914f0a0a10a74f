const express = require("express");
const db = require("./db_model");

const router = express.Router();

router.post("/linktree", async (req, res) => {
  const linktree = req.body.payload;
  if (!linktree) {
    res.status(400).json({ error: "Invalid request, missing data" });
    return;
  }
  const { publicKey, signature } = linktree;
  await db.setLinktree(publicKey, linktree);
  await db.setProofs(publicKey, { publicKey, signature });
  await db.setAuthList(publicKey);
  res.status(200).send({ message: "Proof and linktree registered successfully" });
});

router.get("/linktree/get/:publicKey", async (req, res) => {
  res.status(200).send((await db.getLinktree(req.params.publicKey)) || "[]");
});

router.get("/linktree/all", async (req, res) => {
  res.status(200).send((await db.getAllLinktrees()) || "[]");
});

router.get("/linktree/list", async (req, res) => {
  res.status(200).send((await db.getAllLinktrees(true)) || "[]");
});

router.get("/proofs/all", async (req, res) => {
  res.status(200).send((await db.getAllProofs()) || "[]");
});

router.get("/proofs/get/:publicKey", async (req, res) => {
  res.status(200).send((await db.getProofs(req.params.publicKey)) || "[]");
});

module.exports = router;
