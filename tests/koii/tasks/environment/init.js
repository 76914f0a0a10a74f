// What the node gives a task, all of it as arguments.
const express = require("express");

const TASK_NAME = process.argv[2] || "Local";
const TASK_ID = process.argv[3];
const EXPRESS_PORT = process.argv[4] || 4000;
const SECRET_KEY = process.argv[7];
const SERVICE_URL = process.argv[9];
const TASK_NODE_PORT = Number(process.argv[11]);

const app = express();

app.get("/", (req, res) => {
  res.send("Hello World!");
});

app.listen(EXPRESS_PORT, () => {
  console.log(`${TASK_NAME} listening on port ${EXPRESS_PORT}`);
});

module.exports = { app, TASK_ID, SECRET_KEY, SERVICE_URL, TASK_NODE_PORT };
