// Services and nodes as processes: found, filled, stopped, and refused if they cannot run.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { signRecord } from "../../js/index.js";
import { deadUrl } from "../network/free-port.js";
import { sendJson, serve } from "../network/server.js";
import { assertSentence } from "./fixtures/node-folders.js";
import { dbsharing, startDbsharing } from "./run-command.js";

const MAIN = fileURLToPath(new URL("../../js/cli/main.js", import.meta.url));
const SEED = new Uint8Array(32).fill(7);
const LOCAL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d {2}/;
const SERVICE = await deadUrl();
const folder = await mkdtemp(join(tmpdir(), "dbsharing-nodes-"));
after(() => rm(folder, { recursive: true, force: true }));

const recordOf = (uuid, timestamp = 1) => signRecord({ uuid, timestamp }, SEED);
const nodeArgs = (more = {}) =>
  Object.entries({ "task-id": "t", "service-url": SERVICE, port: 0, ...more }).map(([name, value]) => `--${name}=${value}`);

/** A node with --json that is stopped when its test ends. */
function startNode(t, more, flags = ["--memory"]) {
  const node = startDbsharing(["node", ...nodeArgs(more), ...flags]);
  t.after(() => node.child.kill("SIGKILL"));
  return node;
}

/** A command without --json: the lines of both streams as they come, and its end. */
function startForPeople(t, args, env = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  t.after(() => child.kill("SIGKILL"));
  const lines = { stdout: [], stderr: [] };
  const waiting = new Set();
  for (const name of ["stdout", "stderr"]) {
    createInterface({ input: child[name] }).on("line", (line) => {
      lines[name].push(line);
      for (const look of [...waiting]) look();
    });
  }
  const line = (name, pattern) =>
    new Promise((resolve) => {
      const look = () => {
        const found = lines[name].find((each) => pattern.test(each));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { child, lines, line, closed: once(child, "close") };
}

async function post(url, record) {
  return fetch(`${url}/linktree`, { method: "POST", body: JSON.stringify(record) });
}

test("a service lists the nodes that register, and stops cleanly", async (t) => {
  const service = startDbsharing(["service", "--port", "0"]);
  t.after(() => service.child.kill("SIGKILL"));
  const { url } = await service.next(({ event }) => event === "listening");
  const body = JSON.stringify({ data: { url: "http://a/", timestamp: 1 } });
  assert.equal((await fetch(`${url}/register-node/t`, { method: "POST", body })).status, 200);
  const [node] = await (await fetch(`${url}/nodes/t`)).json();
  assert.deepEqual(node, { data: { url: "http://a", timestamp: 1 }, signature: "", owner: "", taskId: "t" });
  assert.equal(await service.stop("SIGINT"), 0);
  assert.deepEqual(
    service.events.map(({ event }) => event),
    ["listening", "registered", "stopping", "stopped"],
  );
  assert.equal(service.events[2].signal, "SIGINT");
  assert.ok(service.events.every(({ atMs }) => Number.isSafeInteger(atMs)));
});

test("nodes find each other, share published records, keep them across a restart, and stop cleanly", async (t) => {
  const service = startDbsharing(["service", "--port", "0"]);
  t.after(() => service.child.kill("SIGKILL"));
  const { url: serviceUrl } = await service.next(({ event }) => event === "listening");
  const start = (name) => startNode(t, { "service-url": serviceUrl, interval: 0.2, data: join(folder, name) }, []);
  const [first, second] = [start("first"), start("second")];
  const { url } = await first.next(({ event }) => event === "listening");
  assert.equal((await first.next(({ event }) => event === "registered")).serviceUrl, serviceUrl);

  const published = await dbsharing(["publish", "--to", url], { input: JSON.stringify(recordOf("page")) });
  assert.deepEqual([published.code, published.stderr], [0, ""]);
  assert.match(published.stdout, /^stored .*\/page at http/);
  const { digest } = await second.next(({ event, records }) => event === "round" && records === 1);
  await first.next((each) => each.event === "round" && each.digest === digest);
  const served = await (await fetch(`${url}/task/t/linktree/all`)).json();
  assert.equal(served[0].value.data.uuid, "page");

  assert.deepEqual([await first.stop("SIGTERM"), await second.stop("SIGINT")], [0, 0]);
  // A round that was under way is reported before the last event.
  const ends = second.events.filter(({ event }) => event !== "round").slice(-2);
  assert.deepEqual(
    ends.map(({ event, signal }) => [event, signal]),
    [
      ["stopping", "SIGINT"],
      ["stopped", undefined],
    ],
  );
  const again = start("first");
  const { records } = await again.next(({ event }) => event === "round");
  assert.equal(records, 1);
  assert.deepEqual([await again.stop(), await service.stop()], [0, 0]);
});

test("with --json every post and every failed registration is reported", async (t) => {
  const node = startNode(t);
  const { url } = await node.next(({ event }) => event === "listening");
  await post(url, recordOf("a", 2));
  await post(url, recordOf("a", 1));
  await post(url, { ...recordOf("b"), data: { uuid: "b", timestamp: 3 } });
  const wrote = (uuid) => (each) => each.event === "wrote" && each.key?.endsWith(uuid);
  const stored = await node.next(wrote("/a"));
  assert.deepEqual([stored.ok, stored.stored, stored.httpStatus], [true, true, 200]);
  const stale = await node.next((each) => wrote("/a")(each) && !each.stored);
  assert.deepEqual([stale.ok, stale.httpStatus], [true, 409]);
  const refused = await node.next(({ event, code }) => event === "wrote" && code === "BAD_SIGNATURE");
  assert.deepEqual([refused.ok, refused.stored, typeof refused.message], [false, false, "string"]);
  assert.match((await node.next(({ event }) => event === "register-failed")).message, /nobody listens/);
  assert.equal(await node.stop(), 0);
  assert.equal(node.stderr(), "", "an object on standard output is not repeated on standard error");
});

test("a post that is too large is reported as that, not as a fault of the node", async (t) => {
  const node = startNode(t);
  const { url } = await node.next(({ event }) => event === "listening");
  assert.equal((await fetch(`${url}/linktree`, { method: "POST", body: "x".repeat(2_000_000) })).status, 413);
  const { code, httpStatus } = await node.next(({ event }) => event === "wrote");
  assert.deepEqual([code, httpStatus], ["TOO_LARGE", 413]);
  assert.ok(node.events.every(({ event, message }) => event !== "warning" || !/the body/.test(message)));
});

test("a rejected record of a peer is reported with the address of the peer", async (t) => {
  const forged = { ...recordOf("forged"), data: { uuid: "forged", timestamp: 3 } };
  const peer = await serve((request, response) => sendJson(response, [forged]));
  t.after(() => peer.close());
  const node = startNode(t, { peer: peer.url });
  const { url, code, message } = await node.next(({ event }) => event === "rejected");
  assert.deepEqual([url, code, typeof message], [peer.url, "BAD_SIGNATURE", "string"]);
  assert.equal(await node.stop(), 0);
});

test("without --json a node prints local times, faults on standard error and the rest on standard output", async (t) => {
  const peer = await deadUrl();
  const node = startForPeople(t, ["node", ...nodeArgs({ peer, interval: 0.1 }), "--memory"]);
  const listening = await node.line("stdout", /node listening on/);
  const [url] = listening.match(/http:\S+/);
  await node.line("stderr", new RegExp(`not reached: ${peer}: .*nobody listens there \\(PEER_UNREACHABLE\\)`));
  await node.line("stderr", /could not register/);
  await node.line("stderr", /the service fails: .*\(SERVICE_UNREACHABLE\)/);
  await post(url, recordOf("page"));
  await node.line("stdout", /1 stored by posts .* 1 record held/);
  node.child.kill("SIGTERM");
  assert.deepEqual(await node.closed, [0, null]);
  for (const line of [...node.lines.stdout, ...node.lines.stderr]) assert.match(line, LOCAL_TIME);
  assert.match(node.lines.stdout.at(-1), /stopped$/);
  const facts = node.lines.stderr.map((line) => line.replace(LOCAL_TIME, "").split(":")[0]);
  assert.deepEqual([...new Set(facts)], facts, "nothing is printed twice");
});

test("a --peer that is never asked is named at once, with the reason", async (t) => {
  const port = new URL(await deadUrl()).port;
  const own = `http://127.0.0.1:${port}`;
  const args = ["node", ...nodeArgs({ port, peer: own, interval: 0.1 }), "--peer=http://127.0.0.1:22", "--memory"];
  const node = startForPeople(t, args);
  await node.line("stderr", new RegExp(`not asked: ${own}: this --peer is the node itself`));
  await node.line(
    "stderr",
    /not asked: http:\/\/127\.0\.0\.1:22: port 22 belongs to another kind of service; .*\(ADDRESS_REFUSED\)/,
  );
  node.child.kill("SIGTERM");
  assert.deepEqual(await node.closed, [0, null]);
});

test("if the environment names a proxy, the message about an unreachable service names it too", async (t) => {
  const proxy = await deadUrl();
  const { host } = new URL(proxy);
  const args = ["node", ...nodeArgs({ "service-url": "http://service.example" }), "--memory"];
  const node = startForPeople(t, args, { HTTP_PROXY: proxy, http_proxy: proxy, NO_PROXY: "", no_proxy: "" });
  const line = await node.line("stderr", /could not register/);
  assert.match(line, new RegExp(`through the proxy ${host}, which the environment names: nobody listens at 127`));
});

test("a service reports that it stops, and the help of service and node names the signals that stop them", async (t) => {
  const service = startForPeople(t, ["service", "--port=0"]);
  await service.line("stdout", /listening/);
  service.child.kill("SIGHUP");
  assert.deepEqual(await service.closed, [0, null]);
  assert.match(service.lines.stdout.at(-2), /stopping after SIGHUP$/);
  for (const name of ["service", "node"]) {
    const { stdout } = await dbsharing([name, "--help"]);
    assert.match(stdout, /SIGHUP.*nohup[^]*npx does not pass SIGTERM on/);
  }
});

test("--log-level decides how much a node prints", async (t) => {
  const node = startForPeople(t, ["node", ...nodeArgs({ interval: 0.1, "log-level": "error" }), "--memory"]);
  const loud = startForPeople(t, ["node", ...nodeArgs({ interval: 0.1, "log-level": "debug" }), "--memory"]);
  const [url] = (await loud.line("stdout", /listening/)).match(/http:\S+/);
  await post(url, recordOf("a"));
  await loud.line("stdout", /stored .*\/a$/);
  await loud.line("stdout", /0 new, 0 replaced/);
  for (const { child } of [node, loud]) child.kill("SIGTERM");
  await Promise.all([node.closed, loud.closed]);
  assert.deepEqual(node.lines, { stdout: [], stderr: [] });
  const wrong = await dbsharing(["node", ...nodeArgs({ "log-level": "loud" }), "--memory"]);
  assertSentence(wrong, 2, /--log-level is "loud"; wanted debug, info, warn, error or silent/);
});

test("--peer-timeout limits the time that a peer has", async (t) => {
  const peer = await serve(() => {}); // never answers
  t.after(() => peer.close());
  const node = startNode(t, { peer: peer.url, "peer-timeout": 0.3 });
  const { report } = await node.next(
    ({ event, report }) => event === "round" && report.peers.some(({ code }) => code === "PEER_TIMEOUT"),
  );
  assert.ok(report.durationMs < 5000, `${report.durationMs} ms`);
  assert.equal(await node.stop(), 0);
});

test("a node waits for a database or port that is in use, reports that once, and gives up with one sentence", async (t) => {
  const place = (name, more) => ["node", ...nodeArgs({ data: join(folder, name), ...more })];
  const node = startNode(t, { data: join(folder, "taken") }, []);
  const { url } = await node.next(({ event }) => event === "listening");
  const { port } = new URL(url);
  const taken = await Promise.all([dbsharing(place("taken")), dbsharing(place("free", { port }))]);
  const sentences = [
    /is in use by another process; .*\(LEVEL_LOCKED\)/,
    /cannot listen on .*: another process listens there already; choose another --port/,
  ];
  const waits = [/waiting for the database in .*, which another process has open$/, new RegExp(`waiting for port ${port}, `)];
  for (const [at, { code, stderr, stdout }] of taken.entries()) {
    const [wait, sentence, ...more] = stderr.trimEnd().split("\n");
    assert.match(wait, waits[at]);
    assert.match(sentence, sentences[at]);
    assert.deepEqual([code, stdout, more], [2, "", []]);
  }
  await writeFile(join(folder, "file"), "");
  assertSentence(await dbsharing(place("file/below")), 2, /the database in .* cannot be opened/);
  const next = startNode(t, { data: join(folder, "taken"), port }, []);
  await next.next(({ event }) => event === "waiting");
  assert.equal(await node.stop(), 0);
  assert.equal((await next.next(({ event }) => event === "listening")).url, url);
  const stopped = startNode(t, { data: join(folder, "taken") }, []);
  await stopped.next(({ event }) => event === "waiting");
  assert.equal(await stopped.stop(), 0);
  assert.deepEqual(
    stopped.events.map(({ event }) => event),
    ["waiting", "stopping", "stopped"],
  );
  assert.equal(await next.stop(), 0);
});

// The end of a node

test("a second signal ends a node at once", async (t) => {
  const node = startNode(t);
  await node.next(({ event }) => event === "listening");
  node.child.kill("SIGINT");
  node.child.kill("SIGINT");
  assert.ok([0, 130].includes(await node.closed));
});

test("SIGTERM ends a node that is started by a supervisor as the help shows", async (t) => {
  const { stdout: help } = await dbsharing(["node", "--help"]);
  assert.match(help, /exec node node_modules\/dbsharing\/js\/cli\/main\.js node --task-id/);
  const task = join(folder, "task");
  const root = fileURLToPath(new URL("../../", import.meta.url));
  await mkdir(join(task, "node_modules"), { recursive: true });
  await symlink(root, join(task, "node_modules/dbsharing"));
  const line = `exec "$NODE" node_modules/dbsharing/js/cli/main.js node ${nodeArgs().join(" ")} --memory`;
  const child = spawn("sh", ["-c", line], {
    cwd: task,
    env: { ...process.env, NODE: process.execPath },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  for await (const text of createInterface({ input: child.stdout })) if (/listening/.test(text)) break;
  child.stdout.resume();
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "close"), [0, null]);
});

test("a node whose output is no longer read ends with exit code 141", async (t) => {
  const node = startForPeople(t, ["node", ...nodeArgs({ interval: 0.1, "log-level": "debug" }), "--memory"]);
  await node.line("stdout", /listening/);
  node.child.stdout.destroy();
  assert.deepEqual(await node.closed, [141, null]);
});
