// The template of later tasks: ES modules, no db_model, and a route of its own that writes by the submitter's key.
import { app } from "@_koii/namespace-wrapper";
import express from "express";
import { runTask } from "../environment/runTask.js";
import { sharing } from "./dbSharing.js";

app.use(express.json());
app.post("/value", async (req, res) => {
  const { ok, code, message } = await sharing.update({ uuid: "value", text: req.body.text });
  res.status(ok ? 200 : 500).json({ ok, code, message });
});
app.post("/signed", async (req, res) => {
  res.json(await sharing.sign(req.body));
});
sharing.mount(app);
runTask(sharing);
