// Which fetch a round uses: one of a package if the runtime has none, and those that tests put in place of the network.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodes, pathOf, reasonToSkip } from "../package/engines.js";
import { notInstalled, projectOf } from "./installed.js";
import { ran } from "./programs.js";
import { startTask } from "./task.js";

const [node18, node1820, node20, , node24] = nodes;
const project = notInstalled ? undefined : await projectOf("programs", ["msw", "nock", "undici", "node-fetch", "node-fetch2"]);

const without = [
  ...["node-fetch", "node-fetch2", "nodeFetch"].map((name) => [name, node18]),
  ...["node-fetch", "node-fetch2", "nodeFetch", "undici"].map((name) => [name, node1820]),
];

for (const [name, engine] of without) {
  const skip = notInstalled || reasonToSkip(engine);
  test(`${name} as option fetch, Node ${engine.version} with --no-experimental-fetch`, { skip }, async () => {
    const task = await startTask();
    try {
      const env = { SERVICE_URL: task.serviceUrl };
      const said = await ran(pathOf(engine), ["--no-experimental-fetch", "own-fetch.mjs", name], { cwd: project, env });
      assert.deepEqual(JSON.parse(said), { globals: [], events: [], faults: [], inserted: 3, known: 3 });
    } finally {
      await task.close();
    }
  });
}

/** How tests mock the network according to the README, and the Node in which each runs: msw and nock need a new one. */
const mocks = [
  ...["msw", "nock", "undici", "global", "option"].map((name) => [name, node24]),
  ...["global", "option"].flatMap((name) => [
    [name, node18],
    [name, node20],
  ]),
];

for (const [name, engine] of mocks) {
  const skip = notInstalled || reasonToSkip(engine);
  test(`the network mocked: ${name}, Node ${engine.version}`, { skip }, async () => {
    const said = await ran(pathOf(engine), ["--no-warnings", "mocked.mjs", name], { cwd: project });
    assert.deepEqual(JSON.parse(said), { faults: [], inserted: 1 });
  });
}
