// As published, with its dbSharing.js replaced and one line that mounts what the task does not serve: /linktree/all.
const express = require("express");
const { app } = require("../environment/init");
const { namespaceWrapper, taskNodeAdministered } = require("../environment/namespaceWrapper");
const { runTask } = require("../environment/runTask");
const routes = require("./routes");
const sharing = require("./dbSharing");

async function setup() {
  await namespaceWrapper.defaultTaskSetup();
  runTask(sharing);
}

if (taskNodeAdministered) setup();

if (app) {
  app.use(express.json());
  app.use("/", routes);
  sharing.mount(app);
}
