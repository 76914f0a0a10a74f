// As published, with its dbSharing.js replaced. Its own routes serve everything, so that nothing is mounted.
const express = require("express");
const { app } = require("../environment/init");
const { namespaceWrapper } = require("../environment/levelNamespaceWrapper");
const { runTask } = require("../environment/runTask");
const routes = require("./routes");
const sharing = require("./dbSharing");

async function setup() {
  await namespaceWrapper.defaultTaskSetup();
  runTask(sharing);
}

setup();

app.use(express.json());
app.use("/", routes);
