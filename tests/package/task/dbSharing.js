const { createSharing } = require("dbsharing");
const db = require("./db_model");
const { SERVICE_URL, TASK_ID } = require("./init");

const { share } = createSharing({ serviceUrl: SERVICE_URL, taskId: TASK_ID, db });

module.exports = { share };
