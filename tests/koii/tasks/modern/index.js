// The template of later tasks: ES modules, no db_model, and no routes but a value of its own. Each node keeps a record of
// its own, signed by its submitter's key.
import { app } from "@_koii/namespace-wrapper";
import { runTask } from "../environment/runTask.js";
import { sharing } from "./dbSharing.js";

app.get("/value", (req, res) => res.status(200).json({ value: sharing.status().records }));
app.post("/value/:text", async (req, res) => {
  const { ok, code, message } = await sharing.update({ uuid: "value", text: req.params.text });
  res.status(ok ? 200 : 500).json({ ok, code, message });
});
sharing.mount(app);
runTask(sharing);
