import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import express from "express";

import { countUnexpected, faultsOfBody, faultsOfLegacyBody } from "../../js/cli/demo/body-faults.js";
import { bodyOf as listedBy } from "../../js/cli/demo/network.js";
import { wayToRun } from "../../js/cli/demo/next-commands.js";
import { keyOf, makeRecords } from "../../js/cli/demo/records.js";
import { createScreen } from "../../js/cli/demo/network-screen.js";
import { summaryLines, totalsOf } from "../../js/cli/demo/summary.js";
import { createOutput } from "../../js/cli/output.js";
import { verifyJson } from "../../js/index.js";
import { deadUrl } from "../network/free-port.js";
import { serve } from "../network/server.js";
import { dbsharing, startDbsharing } from "./run-command.js";

const PEER = fileURLToPath(new URL("../../js/cli/demo/legacy-peer.js", import.meta.url));
const records = makeRecords({ nodes: 2, recordsPerNode: 5, nowMs: Date.now() });
const honest = [...records.expected.values()];

test("a small network agrees, stores nothing hostile, and leaves nothing behind", async () => {
  const demo = startDbsharing(["demo", "--nodes", "3", "--records", "4", "--interval", "0.3"]);
  assert.equal(await demo.closed, 0, demo.stderr());
  const started = demo.events.find(({ event }) => event === "started");
  const summary = demo.events.at(-1);
  assert.deepEqual([summary.event, summary.ok, summary.faults], ["summary", true, []]);
  assert.equal(summary.records.expected, 3 * 4 + summary.records.legacy + summary.records.claims);
  for (const code of ["BAD_SIGNATURE", "BAD_KEY", "FROM_THE_FUTURE"]) assert.ok(summary.totals.rejected[code] > 0, code);
  for (const code of ["PEER_UNREACHABLE", "BAD_BODY"]) assert.ok(summary.totals.failedPeers[code] > 0, code);
  assert.equal(started.database, "level");
  const processes = [...started.nodes, started.service, started.legacy, started.hostile];
  assert.equal(processes.length, 6);
  for (const { pid } of processes) assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  await assert.rejects(access(started.folder), { code: "ENOENT" });
});

test("without --json it ends with a summary, without colour if the output is not a terminal", async () => {
  const { code, stdout } = await dbsharing(["demo", "--nodes", "2", "--records", "2", "--interval", "0.3"]);
  assert.equal(code, 0);
  assert.match(stdout, /✓ all 2 nodes hold the same 22 records, digest [0-9a-f]{12}/);
  assert.match(stdout, /rejected +\d+ × BAD_SIGNATURE/);
  assert.match(stdout, /^ {2}2 nodes +each keeps its records in a LevelDB of its own$/m);
  assert.match(stdout, /^ {2}node \S+main\.js node --task-id my-task .* --data \.\/data --port \d+$/m);
  assert.doesNotMatch(stdout, /\u001b/);
});

test("if it is interrupted, it ends its processes and removes its folder", async () => {
  const demo = startDbsharing(["demo", "--nodes", "2", "--records", "2"]);
  const started = await demo.next(({ event }) => event === "started");
  assert.equal(await demo.stop("SIGINT"), 130);
  for (const { pid } of [...started.nodes, started.service]) assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  await assert.rejects(access(started.folder), { code: "ENOENT" });
});

test("a signal other than SIGINT ends it with that signal's number, as its help says", async () => {
  const demo = startDbsharing(["demo", "--nodes", "1", "--records", "1"]);
  await demo.next(({ event }) => event === "started");
  assert.equal(await demo.stop("SIGTERM"), 143);
  assert.match(
    (await dbsharing(["demo", "--help"])).stdout,
    /128 plus the number of the signal: 130 for SIGINT, 143 for SIGTERM/,
  );
});

test("if a node dies, the demo ends with exit code 1 and a sentence", async () => {
  const demo = startDbsharing(["demo", "--nodes", "2", "--records", "500", "--keep"]); // nothing else ends it
  const { nodes, folder } = await demo.next(({ event }) => event === "started");
  process.kill(nodes[1].pid, "SIGKILL");
  assert.equal(await demo.closed, 1);
  assert.match(demo.stderr(), /^dbsharing demo: node 2 (ended with SIGKILL|did not accept a record).*\n$/);
  await rm(folder, { recursive: true });
});

test("--keep leaves the network running, with its databases, until it is stopped", async () => {
  const demo = startDbsharing(["demo", "--nodes", "1", "--records", "2", "--interval", "0.3", "--keep"]);
  const { nodes, folder } = await demo.next(({ event }) => event === "started");
  await demo.next(({ event }) => event === "summary");
  const body = await (await fetch(`${nodes[0].url}/task/demo/linktree/all`)).text();
  assert.ok(verifyJson(body).every(({ ok }) => ok));
  assert.equal(await demo.stop("SIGINT"), 0);
  await access(folder);
  await rm(folder, { recursive: true });
});

const DRIVER = "npm install classic-level";
for (const [script, folder, dbsharing, install = DRIVER, packageOfNpx] of [
  ["/p/node_modules/.bin/dbsharing", "/p", "npx dbsharing"],
  ["/p/node_modules/.bin/dbsharing", "/p/src/tasks", "npx dbsharing"],
  ["/p/node_modules/dbsharing/js/cli/main.js", "/p", "npx dbsharing"],
  ["/node_modules/.bin/dbsharing", "/", "npx dbsharing"],
  ["/h/_npx/0f/node_modules/.bin/dbsharing", "/p", "npx dbsharing", "npm install dbsharing classic-level"],
  [
    "/h/_npx/0f/node_modules/.bin/dbsharing",
    "/p",
    "npx --yes --package=../d.tgz dbsharing",
    "npm install ../d.tgz classic-level",
    "../d.tgz",
  ],
  ["/usr/local/bin/dbsharing", "/p", "dbsharing", "npm install --global classic-level"],
  ["/checkout/js/cli/main.js", "/checkout", "node js/cli/main.js"],
  ["/p/node_modules/.bin/dbsharing", "/q", "node ../p/node_modules/.bin/dbsharing"],
  ["/my own/js/cli/main.js", "/p", 'node "../my own/js/cli/main.js"'],
]) {
  test(`after ${script} was started in ${folder}, the user runs: ${dbsharing}`, () => {
    assert.deepEqual(wayToRun({ script, folder, packageOfNpx }), { dbsharing, install });
  });
}

test("the hand-written peer answers as Express's res.send does", async (t) => {
  const [first] = honest;
  const file = join(await mkdtemp(join(tmpdir(), "dbsharing-peer-")), "records.json");
  await writeFile(file, JSON.stringify([first]));
  t.after(() => rm(dirname(file), { recursive: true }));
  const peer = spawn(process.execPath, [PEER, file, "http://127.0.0.1:9", "t", "60000"], { stdio: "pipe" });
  t.after(() => peer.kill());
  const [line] = await once(createInterface({ input: peer.stdout }), "line");
  const app = express().get("/task/t/linktree/list", (req, res) => res.send([first]));
  const reference = await serve(app);
  t.after(() => reference.close());
  for (const headers of [{}, { "if-none-match": 'W/"other"' }, { "cache-control": "no-cache" }]) {
    const [ours, wanted] = await Promise.all(
      [JSON.parse(line).url, reference.url].map((url) => answerOf(`${url}/task/t/linktree/list`, headers)),
    );
    assert.deepEqual(ours, wanted);
  }
});

/** The answers to a request, and to the same request with the tag of the first answer. */
async function answerOf(url, headers) {
  const first = await get(url, headers);
  const again = await get(url, { ...headers, "if-none-match": `"another", ${first.etag}` });
  return [first, again];
}

async function get(url, headers) {
  const [response] = await once(http.get(url, { headers, agent: false }), "response");
  const named = ["content-type", "content-length", "etag"].map((name) => [name, response.headers[name]]);
  return { status: response.statusCode, ...Object.fromEntries(named), body: (await response.toArray()).join("") };
}

// The demo's own checks can fail.

test("if a peer can no longer be read, the demo ends with exit code 1 and a sentence", async () => {
  const gone = { url: await deadUrl() };
  const message = /^http:\S+\/linktree\/all could not be read: nobody listens at /;
  await assert.rejects(listedBy(gone), { name: "CommandError", code: "PEER_UNREACHABLE", exitCode: 1, message });
});

function bodyOf(list) {
  return new TextEncoder().encode(
    JSON.stringify(list.map((record) => ({ key: `linktree:${record.publicKey}`, value: record }))),
  );
}

test("a body of exactly the expected records has no fault, in any order", () => {
  assert.deepEqual(faultsOfBody(bodyOf([...honest].reverse()), records.expected), []);
  assert.deepEqual(faultsOfLegacyBody(bodyOf(honest), records.expected), []);
});

test("an edit that did not win is a fault", () => {
  const { record: edit } = records.edits[0];
  const { record: old } = records.published.find(({ record }) => keyOf(record) === keyOf(edit));
  const stale = honest.map((record) => (record === edit ? old : record));
  assert.match(faultsOfBody(bodyOf(stale), records.expected)[0], /^1 record is not the one that should have won \(.*\)$/);
  assert.match(faultsOfLegacyBody(bodyOf(stale), records.expected)[0], /^1 record was not pulled/);
});

test("a missing record is a fault", () => {
  assert.match(faultsOfBody(bodyOf(honest.slice(2)), records.expected)[0], /^2 records are missing/);
});

test("a hostile record that was stored is a fault", () => {
  for (const { value } of records.hostile) {
    if (records.claims.includes(value)) continue;
    assert.notDeepEqual(faultsOfBody(bodyOf([...honest, value]), records.expected), []);
  }
});

test("a record that only the hand-written peer accepts is counted and reported", () => {
  assert.equal(countUnexpected(bodyOf(honest), records.expected), 0);
  const isForever = ({ value: { data } }) => data.timestamp === Date.UTC(9999, 11, 31);
  const [, signed] = records.hostile.filter(isForever).map(({ value }) => value);
  const acceptedByLegacyOnly = countUnexpected(bodyOf([...honest, signed]), records.expected);
  assert.equal(acceptedByLegacyOnly, 1);
  const counts = { expected: 3, published: 2, edited: 1, legacy: 0, claims: 1, acceptedByLegacyOnly };
  const result = { ok: true, nodes: 2, records: counts, digest: "ab", totals: totalsOf([]), durationMs: 1 };
  assert.match(summaryLines(result, createOutput().style).join("\n"), /; it also accepted 1 record that no node accepts$/m);
});

test("a record that was replaced by a stranger's is a fault", () => {
  const [claim] = records.claims;
  const displaced = honest.filter(({ publicKey, data }) => data.uuid !== claim.data.uuid || publicKey === claim.publicKey);
  assert.match(faultsOfBody(bodyOf(displaced), records.expected)[0], /^1 record is missing/);
});

test("everything from the hostile peer is rejected, except a stranger's own records", () => {
  const codes = {};
  for (const { code = "ok" } of verifyJson(JSON.stringify(records.hostile))) codes[code] = (codes[code] ?? 0) + 1;
  assert.deepEqual(codes, { BAD_SIGNATURE: 8, FROM_THE_FUTURE: 1, BAD_KEY: 1, ok: 3 });
});

test("a demo that found faults prints each one", () => {
  const result = {
    ok: false,
    faults: ["the nodes did not agree within 60 s", "node 1: 2 records are missing (a, b)"],
    nodes: 2,
    records: { expected: 3, published: 2, edited: 1, legacy: 0, claims: 1 },
    totals: totalsOf([]),
    durationMs: 60_000,
  };
  const lines = summaryLines(result, createOutput().style).join("\n");
  assert.match(lines, /✗ the nodes did not agree within 60 s\n {2}✗ node 1: 2 records are missing/);
});

test("on a terminal the table is redrawn in place, and no line is wider than the terminal", () => {
  let written = "";
  const stdout = { isTTY: true, columns: 60, write: (text) => (written += text) };
  const screen = createScreen(createOutput({ stdout, env: { NO_COLOR: "1" } }));
  const round = {
    records: 7,
    digest: "ab".repeat(32),
    report: { peers: [], durationMs: 5, totals: { inserted: 7, replaced: 0 } },
  };
  const network = {
    legacy: { records: 1 },
    nodes: [
      { name: "node 1", rounds: [round] },
      { name: "node 2", rounds: [] },
    ],
  };
  screen.show(network, 7);
  screen.note("a note");
  screen.show(network, 7);
  screen.end();
  assert.match(written, /node 1 +7 {2}abababababab +1 {2}7 wr/);
  const tables = written.split(/\u001b\[(\d+)A\u001b\[J/);
  const [first, height, afterNote] = tables;
  assert.equal(Number(height), first.split("\n").length - 1);
  assert.match(afterNote, /^a note\n\n/);
  for (const line of written.replace(/\u001b\[[?\d]*\w/g, "").split("\n")) assert.ok(line.length <= 60, line);
});
