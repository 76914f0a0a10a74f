// A task's network on this machine: the bundled task on some nodes, what they share, and records by owners of their own.
import assert from "node:assert/strict";
import { join } from "node:path";
import bs58 from "bs58";
import nacl from "tweetnacl";
import { deadUrl } from "../network/free-port.js";
import { bundle } from "../package/bundled-task.js";
import { projectWithPackage, root } from "../package/install.js";
import { startNode } from "./node/node.js";
import { registration, startService } from "./node/service.js";

const taskId = "4PQFTa1BpMPeyKZ8ZJ2VBeHLHp8bYQnZ3TnHZkoHtRKz";
const packages = ["axios", "bs58", "levelup", "leveldown", "nedb-promises", "tweetnacl"];

let project;
const bundles = new Map();

/** The path of a shape's task, bundled into one file once for all tests of a process. */
function bundled(shape) {
  project ??= projectWithPackage({
    source: join(root, "tests/koii/tasks"),
    packages: { express: "express4", ...Object.fromEntries(packages.map((name) => [name, name])) },
  });
  if (!bundles.has(shape)) bundles.set(shape, bundledAnew(shape));
  return bundles.get(shape);
}

async function bundledAnew(shape) {
  const path = join(await project, "dist", shape);
  const output = { filename: "main.js", path, libraryTarget: "commonjs2" };
  await bundle(await project, { entry: `./${shape}/index.js`, output });
  return join(path, "main.js");
}

/** The service url that a task gets, by the source that knows its nodes. */
const sources = {
  service: async ({ service }) => service.url,
  // A node that was started without a service knows the nodes of its tasks itself.
  node: async () => undefined,
  state: () => deadUrl(),
};

/**
 * Runs `body(network)` with `network.nodes`, which run the task of a shape. Only the source that `peersFrom`
 * names lists them, among a peer that is gone and odd entries.
 */
export async function withNetwork(shape, body, { count = 3, peersFrom = "service" } = {}) {
  const mainJs = await bundled(shape);
  const service = await startService(taskId);
  const serviceUrl = await sources[peersFrom]({ service });
  const network = { taskId, serviceUrl, service, state: { task_id: taskId, stake_list: {}, ip_address_list: {} } };
  const nodes = [];
  try {
    for (let number = 0; number < count; number += 1) nodes.push(await startNode({ mainJs, network }));
    await makeKnown(network, nodes, peersFrom);
    await body({ ...network, nodes });
    for (const node of nodes) assert.ok(node.running.task.isRunning(), `the task ended by itself: ${printedBy(node)}`);
  } finally {
    for (const one of [...nodes, service]) await one.stop();
  }
}

async function makeKnown({ service, state }, nodes, peersFrom) {
  const gone = await deadUrl();
  if (peersFrom === "state") {
    const urls = nodes.map(({ publicKey, url }) => [publicKey, url]);
    state.ip_address_list = Object.fromEntries([["gone", gone], ["odd", null], ...urls]);
  } else {
    service.entries.push(null, registration(gone, "gone", taskId));
    for (const node of nodes) await node.register();
  }
}

/** One round on each node, one after the other: their reports. */
export async function roundOnEach(nodes) {
  const reports = [];
  for (const node of nodes) reports.push(await node.round());
  return reports;
}

/** An owner of a linktree, who signs its versions, each later than the one before. */
export function owner() {
  const { publicKey, secretKey } = nacl.sign.keyPair();
  const key = bs58.encode(publicKey);
  let timestamp = Date.now() - 60_000;
  return {
    publicKey: key,
    version(text) {
      timestamp += 1000;
      const linktree = [{ label: text, redirectUrl: "https://example.com/🙂" }];
      const data = { uuid: `page of ${key}`, linktree, nothing: null, timestamp };
      const signature = bs58.encode(nacl.sign.detached(new TextEncoder().encode(JSON.stringify(data)), secretKey));
      return { data, publicKey: key, signature, username: "someone" };
    },
  };
}

/** Hands a record to the task's own route on a node, as its page does. */
export async function send(node, method, record) {
  await asked(node, "/linktree", { method, body: { payload: record } });
}

/** What the task answers to JSON on a node. */
export async function post(node, path, body) {
  return JSON.parse(await asked(node, path, { method: "POST", body }));
}

/** What a node answers at a path of the task, through its proxy. */
export async function read(node, path) {
  return JSON.parse(await asked(node, path, { method: "GET" }));
}

async function asked({ url }, path, { method, body }) {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  const response = await fetch(`${url}/task/${taskId}${path}`, { method, headers, body: JSON.stringify(body) });
  const text = await response.text();
  assert.equal(response.status, 200, `${method} ${path}: ${text}`);
  return text;
}

/** The last lines that the task printed on a node. */
export function printedBy(node) {
  return `${node.url} printed:\n${node.running.task.printed.lines.slice(-30).join("\n")}`;
}
