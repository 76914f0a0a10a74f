// Names that never resolve hold up no other request, and do not keep the process alive.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import http from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../.ci/toolchain.mjs";
import { HostsFile } from "../../js/core/node-fetch/hosts-file.js";
import { SystemLookups } from "../../js/core/node-fetch/system-lookups.js";
import { nodes, pathOf, reasonToSkip } from "../package/engines.js";
import { servedSecurely } from "./fixtures/certificate.js";
import { listeningPort } from "./fixtures/listening-server.js";
import { serveNames } from "./fixtures/name-server.js";

const run = promisify(execFile);
const task = join(root, "tests/js/fixtures/asking-names-process.js");

/** For servers that leave idle connections open. */
const KEEPING_IDLE = { keepAliveTimeout: 60_000 };

/** A name server, and a server that leaves idle connections open. */
async function network(t, names) {
  const nameServer = await serveNames(names);
  t.after(() => nameServer.close());
  const server = http.createServer(KEEPING_IDLE, (_, response) => response.end("ok"));
  return { nameServer, port: await listeningPort(t, server) };
}

/** The output of a process that asks all these urls at once until it has enough answers, and ends when it has nothing to do. */
async function answersOf(engine, nameServer, urls, enough = urls.length) {
  const { stdout } = await run(pathOf(engine), [task, nameServer.address, enough, ...urls]);
  return JSON.parse(stdout);
}

/** Idle connections are kept longer than this, and look-ups of the system take longer. */
const LONG_MS = 3000;

for (const engine of nodes) {
  const skip = reasonToSkip(engine);

  test(`eight names that never resolve do not hold up one that does: ${engine.command}`, { skip }, async (t) => {
    const silent = Array.from({ length: 8 }, (_, number) => `silent${number}.example`);
    const { nameServer, port } = await network(t, {
      "honest.example": ["127.0.0.1"],
      ...Object.fromEntries(silent.map((name) => [name, "silence"])),
    });
    const urls = [...silent, "honest.example"].map((name) => `http://${name}:${port}/`);
    const { answers, livedOnMs } = await answersOf(engine, nameServer, urls);
    const honest = answers.pop();
    assert.equal(honest.text, "ok");
    assert.ok(honest.ms < LONG_MS, `the honest one took ${honest.ms} ms`);
    for (const { message } of answers) assert.match(message, /silent\d\.example does not resolve: .*\(ETIMEOUT\)/);
    assert.ok(livedOnMs < LONG_MS, `the process lived for ${livedOnMs} ms after its work`);
  });

  test(`a process ends with its work, despite idle connections and silent names: ${engine.command}`, { skip }, async (t) => {
    const { nameServer, port } = await network(t, { "silent.example": "silence" });
    const securePort = await servedSecurely(t, KEEPING_IDLE);
    const urls = [`http://127.0.0.1:${port}/`, `https://localhost:${securePort}/`, "http://silent.example/"];
    const { answers, livedOnMs } = await answersOf(engine, nameServer, urls, 2);
    assert.deepEqual(
      answers.map(({ text, message }) => text ?? message),
      ["ok", "secret", "out of patience"],
    );
    assert.ok(livedOnMs < LONG_MS, `the process lived for ${livedOnMs} ms after its work`);
  });
}

test("a name with IPv6 and IPv4 addresses is tried at both", { skip: reasonToSkip(nodes[0]) }, async (t) => {
  const { nameServer, port } = await network(t, { "both.example": ["127.0.0.1", "0:0:0:0:0:0:0:1"] });
  const url = `http://both.example:${port}/`;
  const { answers } = await answersOf(nodes[0], nameServer, [url, url]);
  assert.deepEqual(
    answers.map(({ text }) => text),
    ["ok", "ok"],
  );
});

test("a name that does not exist is an error with a sentence", { skip: reasonToSkip(nodes[0]) }, async (t) => {
  const { nameServer } = await network(t, {});
  const { answers } = await answersOf(nodes[0], nameServer, ["http://nowhere.invalid/"]);
  assert.match(answers[0].message, /nowhere\.invalid does not resolve: neither its name servers nor this machine know it/);
});

/** A system lookup that ends when the test says so. */
function heldLookups() {
  const held = [];
  return { held, dns: { lookup: (name, options, callback) => held.push({ name, callback }) } };
}

test("the system is asked for two names at a time, and waiting ones can be aborted", async () => {
  const { held, dns } = heldLookups();
  const lookups = new SystemLookups(dns);
  const controller = new AbortController();
  const found = ["a", "b", "c"].map((name) => lookups.addressesOf(name, controller.signal));
  const last = lookups.addressesOf("d", AbortSignal.abort(new Error("enough")));
  await assert.rejects(last, { message: "enough" });
  await new Promise(setImmediate);
  assert.deepEqual(
    held.map(({ name }) => name),
    ["a", "b"],
  );
  held[0].callback(null, [{ address: "192.0.2.1", family: 4 }]);
  assert.deepEqual(await found[0], ["192.0.2.1"]);
  await new Promise(setImmediate);
  assert.deepEqual(
    held.map(({ name }) => name),
    ["a", "b", "c"],
  );
  controller.abort(new Error("enough"));
  await assert.rejects(found[1], { message: "enough" });
  await assert.rejects(found[2], { message: "enough" });
});

test("a name for which the system took too long is left alone until another one is found", async () => {
  const { held, dns } = heldLookups();
  const lookups = new SystemLookups(dns);
  const controller = new AbortController();
  const hanging = lookups.addressesOf("hanging", controller.signal);
  await new Promise(setImmediate);
  controller.abort(new Error("enough"));
  await assert.rejects(hanging, { message: "enough" });
  await assert.rejects(lookups.addressesOf("hanging"), {
    code: "EAI_AGAIN",
    message: /hanging does not resolve: it was slow, and is left alone for 30 s/,
  });
  const other = lookups.addressesOf("other");
  await new Promise(setImmediate);
  held[1].callback(null, [{ address: "192.0.2.1", family: 4 }]);
  await other;
  held[0].callback(new Error("late"));
  const again = lookups.addressesOf("hanging");
  await new Promise(setImmediate);
  held[2].callback(null, [{ address: "192.0.2.2", family: 4 }]);
  assert.deepEqual(await again, ["192.0.2.2"]);
});

test("the hosts file is read as the system reads it, wherever it is", () => {
  const text =
    "127.0.0.1\tlocalhost # not.example\n\n# 192.0.2.9 commented.example\n192.0.2.1 One.example two.example\r\n2001:db8::1 one.example\n";
  const paths = [];
  const fs = { statSync: (path) => paths.push(path) && { mtimeMs: 1, size: text.length }, readFileSync: () => text };
  const hosts = new HostsFile(fs, { platform: "linux", env: {} });
  assert.deepEqual(hosts.addressesOf("one.example"), ["192.0.2.1", "2001:db8::1"]);
  assert.deepEqual(hosts.addressesOf("two.example"), ["192.0.2.1"]);
  for (const name of ["not.example", "commented.example"]) assert.equal(hosts.addressesOf(name), undefined);
  assert.deepEqual(paths, ["/etc/hosts"]);
  const missing = () => {
    throw new Error("ENOENT");
  };
  assert.equal(
    new HostsFile({ statSync: missing }, { platform: "win32", env: { SystemRoot: "C:\\Windows" } }).addressesOf("a"),
    undefined,
  );
});
