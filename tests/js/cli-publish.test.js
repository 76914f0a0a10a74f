// publish: what it prints about a record that was stored, is held already, or was refused, by nodes and by other servers.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { signRecord, verifyRecord } from "../../js/index.js";
import { deadUrl } from "../network/free-port.js";
import { sendJson, serve } from "../network/server.js";
import { cert, key } from "./fixtures/certificate.js";
import { assertSentence } from "./fixtures/node-folders.js";
import { dbsharing, startDbsharing } from "./run-command.js";

const RECORD = signRecord({ uuid: "a", timestamp: 2 }, new Uint8Array(32).fill(7));
const { key: KEY, version: VERSION } = verifyRecord(RECORD);
const VERDICT = { ok: true, key: KEY, version: VERSION };
const NEWER = VERSION.replace(/^./, "1");
const folder = await mkdtemp(join(tmpdir(), "dbsharing-publish-"));
after(() => rm(folder, { recursive: true, force: true }));

const recordOf = (uuid, timestamp) => signRecord({ uuid, timestamp }, new Uint8Array(32).fill(7));
const publish = (url, record, ...more) => dbsharing(["publish", "--to", url, ...more], { input: JSON.stringify(record) });

/** What publish prints about a node that answers in this way: as lines, and as JSON. */
async function printedAbout(answer, status) {
  const server = await serve((_, response) => sendJson(response, answer, { status }));
  try {
    const forPeople = await publish(server.url, RECORD);
    const asJson = await publish(server.url, RECORD, "--json");
    assert.equal(asJson.code, forPeople.code);
    return { ...forPeople, result: JSON.parse(asJson.stdout) };
  } finally {
    await server.close();
  }
}

test("a stored record is a success, and so is one that the node already holds", async () => {
  const stored = await printedAbout({ ...VERDICT, stored: true }, 200);
  assert.deepEqual([stored.code, stored.result.stored, stored.result.httpStatus], [0, true, 200]);
  assert.match(stored.stdout, new RegExp(`^stored ${KEY} at http://127.*/linktree\\n$`));
  const held = await printedAbout({ ...VERDICT, stored: false, why: "STALE", heldVersion: VERSION, message: "held" }, 200);
  assert.deepEqual([held.code, held.result.ok, held.result.stored, held.result.why], [0, true, false, "STALE"]);
  assert.match(held.stdout, new RegExp(`^http\\S+ already holds ${KEY}\n$`));
});

test("a record older than the held one is neither a success nor the record's fault", async () => {
  for (const heldVersion of [NEWER, undefined]) {
    const printed = await printedAbout(
      { ...VERDICT, stored: false, why: "STALE", heldVersion, message: "a newer one is held" },
      409,
    );
    assert.deepEqual([printed.code, printed.result.ok, printed.result.stored, printed.result.why], [1, true, false, "STALE"]);
    assert.match(printed.stderr, /did not store the record: a newer one is held \(STALE\)/);
  }
});

test("the records address that a node prints is accepted, and no other ending is cut off", async () => {
  const seen = [];
  const server = await serve(({ url }, response) => {
    seen.push(url);
    sendJson(response, { ...VERDICT, stored: true });
  });
  const ends = [
    "",
    "/linktree",
    "/linktree/all",
    "/linktree/list",
    "/task/t/linktree/all",
    "/base/linktree",
    "/base",
    "/linktrees",
    "/list",
  ];
  for (const end of ends) await publish(`${server.url}${end}`, RECORD);
  await publish(`${server.url}/task/t/linktree`, RECORD, "--task-id=t");
  await server.close();
  const base = [
    "/linktree",
    "/linktree",
    "/linktree",
    "/linktree",
    "/task/t/linktree",
    "/base/linktree",
    "/base/linktree",
    "/linktrees/linktree",
    "/list/linktree",
  ];
  assert.deepEqual(seen, [...base, "/task/t/linktree"]);
});

test("a signed record is not signed again", async () => {
  const { stderr, code } = await publish("http://127.0.0.1:9", RECORD, "--key", "gone.json");
  assert.deepEqual([code, /the record is signed already.*leave --key out/.test(stderr)], [2, true]);
});

test("a refused record is reported with the node's code", async () => {
  const printed = await printedAbout({ ok: false, stored: false, code: "NOT_ACCEPTED", message: "no" }, 400);
  assert.deepEqual([printed.code, printed.result.ok, printed.result.code], [1, false, "NOT_ACCEPTED"]);
  assert.match(printed.stderr, /did not store the record: no \(NOT_ACCEPTED\)/);
});

test("a server that is not a node did not store the record, and its answer is quoted", async () => {
  const { code, result } = await printedAbout("<html>Not here", 404);
  assert.deepEqual([code, result.ok, result.stored, result.code], [1, false, false, "PEER_STATUS"]);
  assert.match(result.message, /status 404, so it does not accept writes here: Not here$/);
});

test("a record that the rules reject is not posted", async (t) => {
  const server = await serve((_, response) => sendJson(response, { ...VERDICT, stored: true }));
  t.after(() => server.close());
  const forged = { ...RECORD, data: { uuid: "b", timestamp: 3 } };
  assertSentence(await publish(server.url, forged), 1, /the record was not posted: .*\(BAD_SIGNATURE\)/);
  const unsigned = await publish(server.url, { uuid: "d", timestamp: 1 });
  assertSentence(unsigned, 1, /the record was not posted: .*; give --key to sign it first \(BAD_SHAPE\)/);
  assert.deepEqual(server.requests, []);
});

test("a stored record that looks wrong is reported", async (t) => {
  const server = await serve((_, response) => sendJson(response, { ...VERDICT, stored: true }));
  t.after(() => server.close());
  const printed = await publish(server.url, recordOf("a", 1_700_000_000));
  assert.equal(printed.code, 0);
  assert.match(printed.stderr, /^is this right\? data\.timestamp looks like seconds/);
});

test("a real node stores a record, and keeps a newer one", async (t) => {
  const node = startDbsharing(["node", "--task-id=t", `--service-url=${await deadUrl()}`, "--memory", "--port=0"]);
  t.after(() => node.child.kill("SIGKILL"));
  const { url } = await node.next(({ event }) => event === "listening");
  assert.equal((await publish(`${url}/`, recordOf("a", 2), "--task-id", "t")).code, 0);
  const again = await publish(url, recordOf("a", 2));
  assert.deepEqual([again.code, again.stderr], [0, ""]);
  assert.match(again.stdout, /^http\S+ already holds .+\/a$/m);
  assertSentence(await publish(url, recordOf("a", 1)), 1, /did not store the record: .*newer.*\(STALE\)/);
  assertSentence(await publish(url, recordOf("c", 1), "--collection", "other"), 1, /did not store the record/);
  assert.equal(await node.stop(), 0);
  assertSentence(await publish(url, recordOf("a", 2)), 1, /\(PEER_UNREACHABLE\)/);
});

test("--peer-timeout limits the time that the node has", async () => {
  const silent = await serve(() => {});
  assertSentence(await publish(silent.url, RECORD, "--peer-timeout", "0.2"), 1, /within 0\.2 s \(PEER_TIMEOUT\)/);
  await silent.close();
});

test("--ca trusts only nodes whose certificate that authority signed", async (t) => {
  const answer = (request, response) => request.resume().on("end", () => sendJson(response, { ...VERDICT, stored: true }));
  const server = https.createServer({ cert, key }, answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const url = `https://127.0.0.1:${server.address().port}`;
  const file = join(folder, "ca.pem");
  await writeFile(file, cert);
  assert.equal((await publish(url, RECORD, "--ca", file)).stderr, "");
  assertSentence(await publish(url, RECORD), 1, /the certificate of 127\.0\.0\.1.* is not trusted: .*--ca names a file/);
});
