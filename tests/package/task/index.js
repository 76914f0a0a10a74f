const { app, TASK_ID, SHARE_INTERVAL_MS } = require("./init");
const { share } = require("./dbSharing");
const routes = require("./routes");

async function setup() {
  console.log("setup function called");
  setInterval(share, SHARE_INTERVAL_MS);
}

// On a real node a proxy takes /task/{id} off the path; here the task answers under both.
app.use("/", routes);
app.use(`/task/${TASK_ID}`, routes);

setup();
