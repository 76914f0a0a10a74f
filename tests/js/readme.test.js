// The README is a promise: its programs are run unchanged.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createSharing, signRecord } from "dbsharing";
import { nodeHandler } from "dbsharing/http";
import { memoryStore } from "dbsharing/stores/memory";
import { root } from "../../.ci/toolchain.mjs";
import { nodeService } from "../../js/cli/node-service.js";
import { deadUrl, freePort } from "../network/free-port.js";
import { until } from "../recipes/program.js";
import { blocksOf, isCommonJs, namesTaken, programNamed, programs, promisedLines } from "./fixtures/readme.js";

/** Reached only if something hangs. */
const patience = { timeout: 300_000 };
const record = signRecord({ uuid: "first", linktree: [], timestamp: 1_700_000_000_000 }, new Uint8Array(32).fill(3));

/** These need only Node, and end by themselves. */
const RUN_HERE = ["first.cjs", "write.mjs", "verify.mjs", "ca.mjs"];
/** This one keeps running, and has tests of its own. */
const SERVED_HERE = ["server.mjs"];
/** tests/recipes runs these, over a server that is stopped, killed and started again. */
const RECIPES = ["postgres-pg.mjs", "postgres-js.mjs", "redis-node-redis.mjs", "redis-ioredis.mjs", "level.mjs", "sqlite.mjs"];
/** These are parts of a task: the tests below and tests/koii run them in place of a node. */
const IN_TASKS = ["dbSharing.js", "index.js", "src/index.js", "db_model.js", "routes.js", "publish.js"];

/** The program does ten times a second what it would do every minute. */
const SHORT_MINUTES = `
const { setInterval } = globalThis;
globalThis.setInterval = (call, ms, ...args) => setInterval(call, ms === 60_000 ? 100 : ms, ...args);`;

/** What the files for a Koii task import from the task. */
const TASK = {
  "task.js": `require("./routes"); require("./index");`,
  "init.js": `
const express = require("express");
const app = express().use(express.json());
app.listen(Number(process.argv[4]));
module.exports = { app };`,
  "namespaceWrapper.js": `module.exports = { namespaceWrapper: { getTaskState: async () => ({}) } };`,
  "db_model.js": `
const held = new Map();
module.exports = {
  getAllLinktrees: async () => [...held.values()],
  setLinktree: async (publicKey, linktree) => void held.set(publicKey, linktree),
};`,
};

function folderWith(t, files) {
  const folder = mkdtempSync(join(tmpdir(), "dbsharing-readme-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(root, "node_modules/express"), join(folder, "node_modules/express"));
  symlinkSync(root, join(folder, "node_modules/dbsharing"));
  const all = { "package.json": "{}", "short-minutes.cjs": SHORT_MINUTES, ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
  return folder;
}

function run(t, folder, args, env = {}) {
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, ...env } });
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  return { child, output: () => output, hasEnded: () => child.exitCode !== null };
}

/** The output of a program that ends by itself. */
async function printedBy(t, name, code) {
  const program = run(t, folderWith(t, { [name]: code }), ["--no-warnings", name]);
  const [exitCode] = await once(program.child, "close");
  assert.equal(exitCode, 0, program.output());
  return program.output();
}

async function listen(t, handler) {
  const server = createServer(handler).listen(0, "127.0.0.1");
  t.after(() => void server.close().closeAllConnections());
  await once(server, "listening");
  return `http://127.0.0.1:${server.address().port}`;
}

/** A process of server.mjs that listens: `url` is where. */
async function startServer(t, serviceUrl, { preload = "./package.json" } = {}) {
  const folder = folderWith(t, { "server.mjs": programNamed("server.mjs") });
  const port = await freePort();
  const env = { SERVICE_URL: serviceUrl, PORT: String(port) };
  const program = run(t, folder, ["--no-warnings", "--require", preload, "server.mjs"], env);
  const server = { ...program, url: `http://localhost:${port}` };
  await until(server, () =>
    served(server.url, "list").then(
      () => true,
      () => false,
    ),
  );
  return server;
}

async function served(url, path) {
  return (await fetch(`${url}/task/my-task/linktree/${path}`)).text();
}

async function post(url, body) {
  const posted = await fetch(`${url}/linktree`, { method: "POST", ...inJson(body) });
  assert.equal((await posted.json()).stored, true);
}

const inJson = (body) => ({ headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

test("every program of the README has a name and a test", () => {
  const known = [...RUN_HERE, ...SERVED_HERE, ...RECIPES, ...IN_TASKS];
  const unknown = programs.filter(([name]) => !known.includes(name));
  assert.deepEqual(unknown, []);
});

test("the first program prints what the README says", patience, async (t) => {
  const promised = blocksOf("text").find((text) => text.startsWith("Bob has"));
  assert.equal(await printedBy(t, "first.cjs", programNamed("first.cjs")), promised);
});

for (const name of RUN_HERE.slice(1)) {
  test(`${name} runs and prints what its comments say`, patience, async (t) => {
    const code = programNamed(name);
    const observed = name === "write.mjs" ? ["stored page"] : []; // printed by its listener
    const wanted = [...observed, ...promisedLines(code)].map((line) => `${line}\n`).join("");
    assert.equal(await printedBy(t, name, code), wanted);
  });
}

test("server.mjs serves its records and takes posted ones", patience, async (t) => {
  const { url } = await startServer(t, await listen(t, nodeService()));
  await post(url, record);
  for (const path of ["all", "list"]) assert.ok((await served(url, path)).includes(record.signature), path);
  const [{ key, value }] = JSON.parse(await served(url, "all"));
  assert.deepEqual([key, value], [`linktree:${record.publicKey}`, JSON.parse(await served(url, "list"))[0]]);
});

test("two processes of server.mjs find each other by a service, which lists them as in the README", patience, async (t) => {
  const service = await listen(t, nodeService());
  const list = async () => (await fetch(`${service}/nodes/my-task`)).json();
  const first = await startServer(t, service);
  await until(first, async () => (await list()).length === 1);
  await post(first.url, record);
  const second = await startServer(t, service);
  await until(second, async () => (await served(second.url, "list")).includes(record.signature));

  const listed = await list();
  assert.deepEqual(listed.map(({ data }) => data.url).sort(), [first.url, second.url].sort());
  const shape = ([{ data, signature, owner }]) => [Object.keys(data), typeof signature, typeof owner];
  assert.deepEqual(shape(listed), shape(JSON.parse(blocksOf("json")[0])));
});

test("server.mjs registers again before a service forgets it, and says when it cannot", patience, async (t) => {
  let registrations = 0;
  const service = await listen(t, (req, res) => {
    if (req.method === "POST") registrations += 1;
    res.writeHead(req.method === "POST" && registrations > 2 ? 503 : 200).end("[]");
  });
  const server = await startServer(t, service, { preload: "./short-minutes.cjs" });
  await until(server, () => server.output().includes("not registered: 503\n"));
  assert.ok(registrations > 2);
});

test("server.mjs ends with an error if its port is taken", patience, async (t) => {
  const taken = createServer().listen(0); // at all addresses, as the program
  t.after(() => taken.close());
  await once(taken, "listening");
  const folder = folderWith(t, { "server.mjs": programNamed("server.mjs") });
  const server = run(t, folder, ["server.mjs"], { PORT: String(taken.address().port) });
  const [exitCode] = await once(server.child, "close");
  assert.notEqual(exitCode, 0);
  assert.match(server.output(), /EADDRINUSE/);
});

test("the files for a Koii task store the records that its route takes, and serve them beside it", patience, async (t) => {
  const named = ["dbSharing.js", "index.js", "routes.js"].map((name) => [name, programNamed(name)]);
  const folder = folderWith(t, { ...Object.fromEntries(named), ...TASK });
  const port = await freePort();
  const task = run(t, folder, ["task.js", "", "my-task", String(port), "", "", "", "", await deadUrl(), "", "1"]);
  const url = `http://localhost:${port}`;
  await until(task, () =>
    served(url, "list").then(
      () => true,
      () => false,
    ),
  );
  const send = async (body) => (await fetch(`${url}/linktree`, { method: "PUT", ...inJson(body) })).json();
  assert.equal((await send(record)).stored, true, task.output());
  assert.equal((await send({ ...record, signature: "1" })).code, "BAD_SIGNATURE");
  assert.ok((await served(url, "list")).includes(record.signature));
});

test("a report has the form shown in the README", async (t) => {
  const peer = createSharing({ taskId: "readme", db: memoryStore() });
  await peer.put(record);
  const url = await listen(t, nodeHandler(peer));
  const service = await listen(t, (_, res) => res.end(JSON.stringify([{ data: { url } }])));
  const report = await createSharing({ taskId: "readme", serviceUrl: service, db: memoryStore() }).share();

  const drawn = new Function(`return (${blocksOf("js").find((code) => code.startsWith("{"))})`)();
  const { error, ...fields } = drawn;
  assert.deepEqual(
    Object.keys(fields).sort(),
    Object.keys(report)
      .filter((field) => field !== "error")
      .sort(),
  );
  assert.deepEqual(Object.keys(drawn.peers[0]).sort(), Object.keys(report.peers[0]).sort());
  for (const field of Object.keys(drawn.totals)) assert.equal(typeof report.totals[field], "number", field);
});

test("every program of the README can be parsed, and its imports from this package exist", patience, async (t) => {
  assert.ok(programs.length >= 7);
  for (const [number, [, code]] of programs.entries()) {
    const name = `program-${number}.${isCommonJs(code) ? "cjs" : "mjs"}`;
    const check = run(t, folderWith(t, { [name]: code }), ["--check", name]);
    const [exitCode] = await once(check.child, "close");
    assert.equal(exitCode, 0, check.output());
    for (const [taken, from] of namesTaken(code)) assert.ok(taken in (await import(from)), `${taken} of ${from}`);
  }
});
