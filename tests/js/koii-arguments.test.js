// What a task learns from the arguments of its process, and which arguments count as a node's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { selfUrlsOf, taskOf } from "../../js/core/koii/task-arguments.js";
import { argumentsOf, mainAccount, taskId } from "./fixtures/koii-task.js";

const serviceUrl = "https://service.example.com";
const nothing = { taskId: undefined, serviceUrl: undefined };

test("a node's arguments contain id, ports, main account and service", () => {
  const task = { taskId, port: 10_000, mainAccount, serviceUrl, nodePort: 30_017 };
  assert.deepEqual(taskOf({ argv: argumentsOf({ serviceUrl }), env: {} }), task);
  const env = { TASK_ID: "another", SERVICE_URL: "https://another.example.com" };
  assert.deepEqual(taskOf({ argv: argumentsOf({ serviceUrl }), env }), task);
});

test("if the arguments name no service, it is that of the environment, otherwise the node itself", () => {
  for (const absent of ["undefined", "null", ""]) {
    const argv = argumentsOf({ serviceUrl: absent, nodePort: 30_018 });
    assert.equal(taskOf({ argv, env: {} }).serviceUrl, "http://localhost:30018");
    assert.equal(taskOf({ argv, env: { SERVICE_URL: serviceUrl } }).serviceUrl, serviceUrl);
  }
});

test("an id of any form counts if two ports show that it comes from a node", () => {
  assert.equal(taskOf({ argv: argumentsOf({ id: "my-task" }) }).taskId, "my-task");
  for (const id of ["undefined", "null", ""]) assert.deepEqual(taskOf({ argv: argumentsOf({ id }) }), nothing);
});

test("fewer arguments count as a node's if the id is a public key", () => {
  assert.equal(taskOf({ argv: argumentsOf().slice(0, 6) }).taskId, taskId);
  assert.deepEqual(taskOf({ argv: argumentsOf({ id: "my-task" }).slice(0, 6) }), nothing);
});

test("arguments of other programs do not count as a node's", () => {
  const programs = [
    ["node", "index.js"],
    ["node", "index.js", "x"],
    ["node", "index.js", "--port", "8080", "9090"],
    ["node", "index.js", "name", taskId],
    ["node", "index.js", "name", taskId, "port"],
    ["node", "/project/node_modules/.bin/jest", "tests/one.test.js", "tests/two.test.js", "--runInBand"],
    [
      "node",
      "/project/node_modules/.bin/jest",
      "--testTimeout",
      "tests/main.test.js",
      "10000",
      "-i",
      "x",
      "y",
      "z",
      "w",
      "v",
      "30017",
    ],
    ["node", "prod-debug.js", "a b", "c d", "8080", "1", "2", "3", "4", "5", "6", "7"],
  ];
  for (const argv of programs) assert.deepEqual(taskOf({ argv, env: {} }), nothing, argv.join(" "));
});

test("off-node the environment gives id and service, and a runtime without a process gives nothing", () => {
  const env = { TASK_ID: "my-task", SERVICE_URL: serviceUrl };
  assert.deepEqual(taskOf({ argv: ["node", "index.js"], env }), { taskId: "my-task", serviceUrl });
  assert.deepEqual(taskOf({ argv: ["node", "index.js"], env: { TASK_ID: "undefined", SERVICE_URL: "" } }), nothing);
  assert.deepEqual(taskOf(undefined), nothing);
  assert.deepEqual(taskOf({}), nothing);
});

test("only a number from 1 to 65535 is a port", () => {
  for (const port of ["0", "65536", "-1", "1e3", "80.5", "port"])
    assert.deepEqual(taskOf({ argv: argumentsOf({ port }) }), nothing, port);
});

test("the self urls are this machine's at the ports of task and node, and no others", () => {
  const urls = selfUrlsOf({ port: 10_000, nodePort: 30_017 });
  assert.deepEqual(
    urls.filter((url) => url.endsWith(":30017")),
    ["http://localhost:30017", "http://127.0.0.1:30017", "http://[::1]:30017"],
  );
  assert.equal(urls.length, 6);
  assert.deepEqual(selfUrlsOf({}), []);
});
