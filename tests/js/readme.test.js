// The README is a promise: its programs are run as they stand.
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
import { blocksOf, isCommonJs, namesTaken, programNamed, programs, promisedLines } from "./fixtures/readme.js";

/** So long takes only what hangs. */
const patience = { timeout: 300_000 };
const record = signRecord({ uuid: "first", linktree: [], timestamp: 1_700_000_000_000 }, new Uint8Array(32).fill(3));

/** These need nothing but Node, and end by themselves. */
const RUN_HERE = ["first.cjs", "write.mjs", "verify.mjs", "ca.mjs"];
/** This one runs on, and has a test of its own. */
const SERVED_HERE = ["server.mjs"];
/** tests/recipes runs these, over a server that is stopped, killed and started again. */
const RECIPES = [
  "postgres-pg.mjs", "postgres-js.mjs", "redis-node-redis.mjs", "redis-ioredis.mjs", "level.mjs", "sqlite.mjs", "nedb.mjs",
];
/** This one needs a page, as tests/browser has it. */
const IN_PAGES = ["page.mjs"];

/** tests/koii runs these, in a node's stand-in. */
const IN_TASKS = ["index.js", "src/index.js", "db_model.js"];

// A program may name a port that is taken here: it gets a free one, which is printed.
const ANY_PORT = `
const { Server } = require("node:net");
const { listen } = Server.prototype;
Server.prototype.listen = function (port, ...rest) {
  this.once("listening", () => console.log("port " + this.address().port));
  return listen.call(this, 0, ...rest);
};`;

function folderWith(t, files) {
  const folder = mkdtempSync(join(tmpdir(), "dbsharing-readme-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(root, "node_modules/express"), join(folder, "node_modules/express"));
  symlinkSync(root, join(folder, "node_modules/dbsharing"));
  const all = { "package.json": "{}", "any-port.cjs": ANY_PORT, ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
  return folder;
}

function run(t, folder, args, env = {}) {
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, ...env } });
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  return { child, output: () => output };
}

/** What a program prints that ends by itself. */
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

test("every program of the README has a name, and a test that knows it", () => {
  const known = [...RUN_HERE, ...SERVED_HERE, ...RECIPES, ...IN_PAGES, ...IN_TASKS];
  const unknown = programs.filter(([name]) => !known.includes(name));
  assert.deepEqual(unknown, []);
});

test("the first program prints what the README says", patience, async (t) => {
  const promised = blocksOf("text").find((text) => text.startsWith("Bob has"));
  assert.equal(await printedBy(t, "first.cjs", programNamed("first.cjs")), promised);
});

for (const name of RUN_HERE.slice(1)) {
  test(`${name} runs, and prints what it says`, patience, async (t) => {
    const code = programNamed(name);
    const observed = name === "write.mjs" ? ["stored page"] : []; // by its listener
    const wanted = [...observed, ...promisedLines(code)].map((line) => `${line}\n`).join("");
    assert.equal(await printedBy(t, name, code), wanted);
  });
}

test("server.mjs shares, serves its records and takes posted ones", patience, async (t) => {
  const peer = createSharing({ taskId: "my-task", db: memoryStore() });
  let peerAsked;
  const asked = new Promise((resolve) => (peerAsked = resolve));
  const answer = nodeHandler(peer);
  const url = await listen(t, (req, res) => answer(req, res).then(() => peerAsked(req.url)));
  const service = await listen(t, (_, res) => res.end(JSON.stringify([{ data: { url } }])));

  const folder = folderWith(t, { "server.mjs": programNamed("server.mjs") });
  const server = run(t, folder, ["--require", "./any-port.cjs", "server.mjs"], { SERVICE_URL: service });
  const [said] = await Promise.race([once(server.child.stdout, "data"), once(server.child, "close")]);
  const [, port] = String(said).match(/^port (\d+)\n/) ?? assert.fail(server.output());
  assert.equal(await asked, "/task/my-task/linktree/all");

  const node = `http://127.0.0.1:${port}`;
  const body = JSON.stringify(record);
  const posted = await fetch(`${node}/linktree`, { method: "POST", headers: { "content-type": "application/json" }, body });
  assert.equal((await posted.json()).stored, true);
  for (const path of ["all", "list"]) {
    const answered = await fetch(`${node}/task/my-task/linktree/${path}`);
    assert.ok((await answered.text()).includes(record.signature), path);
  }
});

test("the service takes the registration of the README, and its list is read as the README writes one", patience, async (t) => {
  const service = await listen(t, nodeService());
  const [, path, body] = blocksOf("sh").join("").match(/curl -X POST http:\/\/localhost:30017(\S+) .*?-d '(.*?)'/s);
  const registered = await fetch(service + path, { method: "POST", body });
  assert.equal(registered.status, 200);
  const shape = ([{ data, signature, owner }]) => [Object.keys(data), typeof signature, typeof owner];
  const listed = await (await fetch(`${service}/nodes/my-task`)).json();
  assert.deepEqual(shape(listed), shape(JSON.parse(blocksOf("json")[0])));
});

test("a report is as the README draws it", async (t) => {
  const peer = createSharing({ taskId: "readme", db: memoryStore() });
  await peer.put(record);
  const url = await listen(t, nodeHandler(peer));
  const service = await listen(t, (_, res) => res.end(JSON.stringify([{ data: { url } }])));
  const report = await createSharing({ taskId: "readme", serviceUrl: service, db: memoryStore() }).share();

  const drawn = new Function(`return (${blocksOf("js").find((code) => code.startsWith("{"))})`)();
  const { error, ...fields } = drawn;
  assert.deepEqual(Object.keys(fields).sort(), Object.keys(report).filter((field) => field !== "error").sort());
  assert.deepEqual(Object.keys(drawn.peers[0]).sort(), Object.keys(report.peers[0]).sort());
  for (const field of Object.keys(drawn.totals)) assert.equal(typeof report.totals[field], "number", field);
});

test("every program of the README can be parsed, and what it takes from this package is there", patience, async (t) => {
  assert.ok(programs.length >= 7);
  for (const [number, [, code]] of programs.entries()) {
    const name = `program-${number}.${isCommonJs(code) ? "cjs" : "mjs"}`;
    const check = run(t, folderWith(t, { [name]: code }), ["--check", name]);
    const [exitCode] = await once(check.child, "close");
    assert.equal(exitCode, 0, check.output());
    for (const [taken, from] of namesTaken(code)) assert.ok(taken in (await import(from)), `${taken} of ${from}`);
  }
});
