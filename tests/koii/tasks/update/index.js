// As published, with its dbSharing.js replaced. What is mounted comes before the task's own routes, which win all the same.
const { app, namespaceWrapper } = require("@_koii/namespace-wrapper");
const express = require("express");
const { runTask } = require("../environment/runTask");
const routes = require("./routes");
const sharing = require("./dbSharing");

async function setup() {
  await namespaceWrapper.defaultTaskSetup();
  runTask(sharing);
}

setup();

sharing.mount(app);
app.use(express.json());
app.use("/", routes);
