// What the package @_koii/namespace-wrapper gives: the namespaceWrapper with the task's Express app and arguments.
const { app, TASK_ID, SERVICE_URL } = require("./init");
const { namespaceWrapper, taskNodeAdministered } = require("./namespaceWrapper");

module.exports = { app, namespaceWrapper, taskNodeAdministered, TASK_ID, SERVICE_URL };
