// An existing task with dbsharing in it, as its users run it: packed, installed, bundled, alone in a folder.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import bs58 from "bs58";
import express from "express4";
import nacl from "tweetnacl";
import { createSharing } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";
import { assertRunning, bundle, startTask } from "../package/bundled-task.js";
import { projectWithPackage, root } from "../package/install.js";

const taskId = "4PQFTa1BpMPeyKZ8ZJ2VBeHLHp8bYQnZ3TnHZkoHtRKz";
/** Reached only if something hangs. */
const patience = { timeout: 600_000 };
const fieldsThatBreakSignatures = {
  text: 'emoji 🙂, quote ", slash /, line\u007f end',
  nothing: null,
  numbers: [1e21, -0.1, 5e-324],
  10: "array-index keys come first",
  2: "in ascending order",
};

const project = await projectWithPackage({
  source: join(root, "tests/package/task"),
  packages: { express: "express4", "nedb-promises": "nedb-promises" },
});

for (const mode of ["development", "production"]) {
  test(`a task bundled in ${mode} mode converges with its peers and serves them`, patience, async () => {
    const folder = join(project, "dist", mode);
    const output = { filename: "main.js", path: folder, libraryTarget: "commonjs2" };
    await bundle(project, { mode, output });
    const needed = (await readdir(folder)).filter((name) => !/\.(map|txt)$/.test(name));
    assert.deepEqual(needed, ["main.js"], "it is one file beside its map and the licenses");
    await withNetwork(join(folder, "main.js"), convergesAndServes);
  });
}

test("the webpack of the oldest tasks bundles the package too", patience, async () => {
  const folder = join(project, "dist/old");
  await writeFile(
    join(project, "old.js"),
    `
    const { createSharing } = require("dbsharing");
    createSharing({ db: { getAll: () => [], put() {} } }).share().then(({ error }) => console.log(error.code));`,
  );
  await bundle(project, { webpack: "webpack-old", entry: "./old.js", output: { path: folder, filename: "main.js" } });
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, "main.js")]);
  assert.equal(stdout, "NO_TASK_ID\n");
});

async function convergesAndServes({ seed, task, otherTask, service }) {
  const published = [1, 2, 3].map((number) => signed({ uuid: `published ${number}`, number }));
  for (const record of published) await publish(otherTask.url, record);
  const good = [...seed.records, ...published];

  for (const one of [task, otherTask]) await untilStored(one, good);
  assertVerified(await task.stored(), good);

  assertVerified(await served(task), good);
  await aNodeCanPullFrom(task, service, good);
  [task, otherTask].forEach(assertRunning);

  await task.restart();
  assertVerified(await served(task), good);
}

/** The records that a peer reads from the task's own route. */
async function served(task) {
  const response = await fetch(`${task.url}/task/${taskId}/linktree/all`);
  return (await response.json()).map(({ value }) => value);
}

/** A dbsharing node that knows only the task gets all of its records. */
async function aNodeCanPullFrom(task, service, good) {
  service.nodes = [task.url];
  const node = createSharing({ serviceUrl: service.url, taskId, db: memoryStore(), peerTimeoutMs: patience.timeout });
  const report = await node.share();
  assert.equal(report.totals.inserted, good.length, JSON.stringify(report));
  const held = [];
  for await (const record of node.records()) held.push(record);
  assertVerified(held, good);
}

/** A service, a seed-style peer and two instances of the bundled task, which all end afterwards. */
async function withNetwork(mainJs, body) {
  const running = [];
  const started = async (starting) => {
    running.unshift(await starting);
    return running[0];
  };
  try {
    const service = await started(startService());
    const seed = await started(startSeed());
    const task = await started(startTask({ mainJs, taskId, serviceUrl: service.url }));
    const otherTask = await started(startTask({ mainJs, taskId, serviceUrl: service.url }));
    service.nodes = [seed.url, task.url, otherTask.url];
    await body({ service, seed, task, otherTask });
  } finally {
    for (const one of running) await one.stop();
  }
}

/** The service of the task, with a list as irregular as real ones. */
async function startService() {
  const service = { nodes: [] };
  const oddities = [null, {}, { data: {} }, { data: { url: "http://null" } }];
  const entry = (url) => ({ data: { url, timestamp: Date.now() }, signature: "unverified", owner: "anyone" });
  const server = createServer((req, res) => {
    res.writeHead(req.url === `/nodes/${taskId}` ? 200 : 404, { "content-type": "application/json" });
    res.end(JSON.stringify([...oddities, ...service.nodes.map(entry)]));
  });
  return Object.assign(service, await listening(server));
}

/**
 * A peer as the JavaScript original is: Express, `res.send`; among its records one that was changed on the
 * way, and one that a NeDB file does not survive.
 */
async function startSeed() {
  const records = [1, 2, 3].map((number) => signed({ uuid: `seed ${number}`, ...fieldsThatBreakSignatures }));
  const tampered = signed({ uuid: "tampered", linktree: [] });
  tampered.data.linktree.push("added by another");
  const unsafe = signed({ uuid: "unsafe", text: "one\u2028line" });
  const app = express();
  app.get(`/task/${taskId}/linktree/all`, (req, res) => {
    res.send([tampered, unsafe, ...records].map((value) => ({ key: `linktree:${value.publicKey}`, value })));
  });
  return { records, ...(await listening(createServer(app))) };
}

async function listening(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

/** A record of a new key pair, signed as by the linktree page. */
function signed(fields) {
  const { publicKey, secretKey } = nacl.sign.keyPair();
  const data = { ...fields, timestamp: Date.now() };
  const signature = nacl.sign.detached(new TextEncoder().encode(JSON.stringify(data)), secretKey);
  return { data, publicKey: bs58.encode(publicKey), signature: bs58.encode(signature), username: "anyone" };
}

async function publish(url, record) {
  const body = JSON.stringify({ payload: record });
  const headers = { "content-type": "application/json" };
  assert.equal((await fetch(`${url}/linktree`, { method: "POST", headers, body })).status, 200);
}

const recordTexts = (records) =>
  records.map(({ data, publicKey, signature }) => JSON.stringify({ data, publicKey, signature })).sort();
const sameRecords = (found, wanted) => `${recordTexts(found)}` === `${recordTexts(wanted)}`;

function assertVerified(found, wanted) {
  assert.deepEqual(recordTexts(found), recordTexts(wanted));
  for (const { data, publicKey, signature } of found) {
    const bytes = new TextEncoder().encode(JSON.stringify(data));
    assert.ok(nacl.sign.detached.verify(bytes, bs58.decode(signature), bs58.decode(publicKey)), data.uuid);
  }
}

/** Settles when the task's database holds these: looked for whenever the task prints something, as it does of each. */
async function untilStored(task, wanted) {
  for (;;) {
    assertRunning(task);
    const printed = task.output.next();
    if (sameRecords(await task.stored(), wanted)) return;
    await printed;
  }
}
