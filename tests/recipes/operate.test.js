// How a node is operated according to the README: its systemd unit, its container file, the backup of a running node, and
// the upgrade from version 0.1.0. The README's own text is run, except for ports and packages from a registry.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";

import { pathIn, RELEASED, whyNotReleased } from "../bench/packages.js";
import { asLines } from "../js/fixtures/node-folders.js";
import { records, sorted } from "../js/fixtures/records.js";
import { dbsharing } from "../js/run-command.js";
import { folderForNow, linkPackage, packed, projectWithPackage } from "../package/install.js";
import { deadUrl, freePort } from "../network/free-port.js";
import { block } from "./blocks.js";
import { mainIn, shell, startLine } from "./deployed.js";

/** Only a hang takes this long. */
const patience = { timeout: 600_000 };
const LOOK_EVERY_MS = 50;
const TASK_ID = "operated";
const packages = { "classic-level": "classic-level" };

const unit = block("ini", "dbsharing.service");
const container = block("dockerfile", "node_modules/dbsharing");

test("the systemd unit is valid, and what it starts serves and ends in order", patience, async (t) => {
  const folder = await emptyProject();
  assertUnit(folder, unit);
  const port = await freePort();
  const line = valueOf(unit, "ExecStart=").replace("/usr/bin/node", process.execPath).replace("--port 8080", `--port ${port}`);
  const env = { ...(await environment(port)), STATE_DIRECTORY: join(folder, "state") };
  mkdirSync(env.STATE_DIRECTORY);
  const node = startLine(t, line, { folder, env });
  await node.listening;
  const [record] = records(1);
  assert.equal(await post(port, record), 200);
  assert.equal(await node.end(), 0, node.output());
  const { code, stdout } = await dbsharing(["check", "--db", join(env.STATE_DIRECTORY, "records")], { main: mainIn(folder) });
  assert.equal(code, 0, stdout);
});

test("the container file installs, starts, and knows whether the node serves", patience, async (t) => {
  const folder = await folderForNow("dbsharing-container-");
  const install = valueOf(container, "RUN ")
    .replace("dbsharing classic-level", `--offline --no-audit --no-fund ${await packed()}`)
    .replace("chown node", "chown $(id -u)");
  const installed = await shell(install, { folder });
  assert.equal(installed.code, 0, installed.stderr);
  await linkPackage(folder, "classic-level");

  const port = await freePort();
  const env = await environment(port);
  const inside = (text) => text.replaceAll("8080", String(port));
  const health = () => shell(inside(valueOf(container, "HEALTHCHECK CMD ")), { folder, env });
  assert.equal((await health()).code, 1);
  const node = startLine(t, inside(valueOf(container, "CMD ").replace(/^exec /, "")), { folder, env });
  await node.listening;
  assert.equal((await health()).code, 0);
  assert.equal(await node.end(), 0, node.output());
});

test("another node over a backup of a running node holds the same", patience, async (t) => {
  const folder = await emptyProject();
  const { port, digest } = await runningNode(t, folder, records(300));
  const env = { TASK_ID, NODE_URL: `http://127.0.0.1:${port}` };
  const { code, stdout, stderr } = await shell(block("sh", "import backup.json"), { folder, env });
  assert.equal(code, 0, stdout + stderr);
  assert.equal((await stats(join(folder, "restored"))).digest, await digest());
});

test("a node of version 0.1.0 keeps all records in an upgrade", {
  skip: whyNotReleased() ?? false,
  ...patience,
}, async (t) => {
  const folder = await emptyProject();
  const db = join(folder, "records");
  const main = pathIn(RELEASED, "js/cli/main.js");
  const imported = await dbsharing(["import", "-", "--db", db], { main, input: asLines(records(300)) });
  assert.equal(imported.code, 0, imported.stderr);
  const before = JSON.parse((await dbsharing(["stats", "--db", db, "--json"], { main })).stdout);
  assert.equal(before.records, 300);

  const { port, node } = await startNode(t, folder);
  assert.equal((await held(port)).length, 300);
  assert.equal(await post(port, records(301)[300]), 200);
  assert.equal(await node.end(), 0, node.output());
  const checked = await dbsharing(["check", "--db", db], { main: mainIn(folder) });
  assert.equal(checked.code, 0, checked.stdout);
  assert.equal((await stats(db)).records, 301);
});

test("a node of version 0.1.0 and one of this version share", { skip: whyNotReleased() ?? false, ...patience }, async (t) => {
  const all = records(10);
  const [oldPort, newPort] = [await freePort(), await freePort()];
  const folder = await emptyProject();
  const start = async (main, port, otherPort) => {
    const data = join(folder, String(port));
    const where = `--service-url ${await deadUrl()} --port ${port} --peer http://127.0.0.1:${otherPort}`;
    const line = `${process.execPath} ${main} node --data ${data} --task-id ${TASK_ID} --interval 0.1 ${where}`;
    await startLine(t, line, { folder }).listening;
  };
  await Promise.all([start(pathIn(RELEASED, "js/cli/main.js"), oldPort, newPort), start(mainIn(folder), newPort, oldPort)]);
  for (const record of all.slice(0, 5)) assert.equal(await post(oldPort, record), 200);
  for (const record of all.slice(5)) assert.equal(await post(newPort, record), 200);
  for (const port of [oldPort, newPort]) while ((await held(port)).length < all.length) await setTimeout(LOOK_EVERY_MS);
  assert.deepEqual(sorted(await held(oldPort)), sorted(all));
  assert.deepEqual(sorted(await held(newPort)), sorted(all));
});

/** The text after a word at the beginning of a line. */
function valueOf(text, word) {
  const line = text.split("\n").find((one) => one.startsWith(word));
  assert.ok(line, `${word} is in ${text}`);
  return line.slice(word.length);
}

function assertUnit(folder, text) {
  const path = join(folder, "dbsharing.service");
  writeFileSync(path, text.replace("/usr/bin/node", process.execPath));
  const { error, status, stderr } = spawnSync("systemd-analyze", ["verify", path], { encoding: "utf8" });
  if (error?.code === "ENOENT") return; // systemd is not installed, so nothing reads the unit
  assert.deepEqual([status, stderr.split("\n").filter((line) => line.includes("dbsharing.service"))], [0, []], stderr);
}

const emptyProject = async () => projectWithPackage({ source: await folderForNow(), packages });

async function environment(port) {
  return { TASK_ID, SERVICE_URL: await deadUrl(), PUBLIC_URL: `http://127.0.0.1:${port}` };
}

/** The node of the container file over `records` in a folder. */
async function startNode(t, folder) {
  const port = await freePort();
  const line = valueOf(container, "CMD ")
    .replace(/^exec /, "")
    .replace("--port 8080", `--port ${port}`);
  const node = startLine(t, line, { folder, env: await environment(port) });
  await node.listening;
  return { port, node };
}

/** The same with these records; `digest()` ends it and returns the digest of what it held. */
async function runningNode(t, folder, given) {
  const { port, node } = await startNode(t, folder);
  for (const record of given) assert.equal(await post(port, record), 200);
  const digest = async () => {
    assert.equal(await node.end(), 0, node.output());
    return (await stats(join(folder, "records"))).digest;
  };
  return { port, digest };
}

async function post(port, record) {
  return (await fetch(`http://127.0.0.1:${port}/linktree`, { method: "POST", body: JSON.stringify(record) })).status;
}

async function held(port) {
  const items = await (await fetch(`http://127.0.0.1:${port}/task/${TASK_ID}/linktree/all`)).json();
  return items.map(({ value }) => value);
}

async function stats(db) {
  return JSON.parse((await dbsharing(["stats", "--db", db, "--json"])).stdout);
}
