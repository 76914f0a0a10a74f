// What the node gives a task: its name, id and port as arguments, the service's address in the environment.
const express = require("express");

const TASK_NAME = process.argv[2];
const TASK_ID = process.argv[3];
const EXPRESS_PORT = process.argv[4];
const SERVICE_URL = process.env.SERVICE_URL;
const SHARE_INTERVAL_MS = Number(process.env.SHARE_INTERVAL_MS || 20_000);

const app = express();
app.use(express.json());

const server = app.listen(EXPRESS_PORT, () => {
  console.log(`${TASK_NAME} listening on port ${server.address().port}`);
});

module.exports = { app, TASK_ID, SERVICE_URL, SHARE_INTERVAL_MS };
