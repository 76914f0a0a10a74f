// What a task says by itself after its rounds: one line for each fault, what is well again, what a round did.
import { letPass } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Speaking } from "../../js/core/speaking.js";
import { simpleDb, storeOver } from "./fixtures/databases.js";
import { listeningLogger } from "./fixtures/listening-logger.js";
import { record, records } from "./fixtures/records.js";
import { inWorld, share } from "./fixtures/world.js";

const HOUR_MS = 3_600_000;
const TIME = "\\d\\d:\\d\\d:\\d\\d[+-]\\d\\d:\\d\\d";
const some = records(3);

/** What a task of this fault prints in five rounds, in a process of its own. */
async function printedBy(fault, url) {
  const script = fileURLToPath(new URL("fixtures/speaking-process.js", import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--no-warnings", script, fault, url, "5"]);
  return stdout + stderr;
}

const faults = {
  "no task id": /^dbsharing: taskId is missing: .+; give it as option taskId; a Koii node .+ process\.argv\[3\], and serviceUrl as process\.argv\[9\]\n$/,
  "a dead service": /^dbsharing: the node service did not answer: http:.+ECONNREFUSED.+; there is nobody to ask until it answers\n$/,
  "a database that throws": /^dbsharing: the database fails: db\.getAll\(\) failed: connect ECONNREFUSED\n$/,
  "a database that never opens": /^dbsharing: the database fails: the promise given as option db did not settle within 20 ms\n$/,
  "a database of the other identity": /^dbsharing: the database fails: .*identity.*owner.*record.*\n$/,
  "a database that cannot be opened": /^dbsharing: the database fails: the promise given as option db rejected: no such host\n$/,
};

for (const [fault, line] of Object.entries(faults)) {
  test(`a task with ${fault} says so in one line, by default, however many rounds it runs`, inWorld(async (world) => {
    const { url } = fault === "a dead service" ? { url: await world.deadUrl() } : await world.list();
    assert.match(await printedBy(fault, url), line);
  }));
}

test("a task that fares well says nothing, and so does one whose logger is null", inWorld(async (world) => {
  const { url } = await world.list([(await world.plainPeer(some)).url]);
  assert.equal(await printedBy("nothing", url), "");
  assert.equal(await printedBy("a silenced fault", url), "");
}));

test("within an hour a fault is said once, then with how often it was there in between", inWorld(async (world) => {
  const logger = listeningLogger();
  const sharing = world.sharing({ serviceUrl: await world.deadUrl(), logger });
  for (let round = 0; round < 3; round += 1) await share(sharing);
  assert.equal(logger.take("warn").length, 1);
  letPass(HOUR_MS);
  await share(sharing);
  const [again, ...others] = logger.take("warn");
  assert.match(again, new RegExp(`nobody to ask until it answers \\(and 2 times since ${TIME}\\)$`));
  assert.deepEqual(others, []);
}));

test("where the service is away it is said what is used instead, and later that it answers again", inWorld(async (world) => {
  const peer = await world.plainPeer(some);
  const service = await world.list([peer.url]);
  let isAway = false;
  const front = await world.server(async (_, response) => {
    if (isAway) return response.writeHead(502).end();
    response.end(await (await fetch(service.url)).text());
  });
  for (const [peers, used] of [[undefined, `its list of ${TIME} is used`], [[peer.url], `its list of ${TIME} and option peers are used`]]) {
    const logger = listeningLogger();
    const sharing = world.sharing({ serviceUrl: front.url, peers, logger });
    await share(sharing);
    isAway = true;
    logger.take();
    await share(sharing);
    const [line] = logger.take("warn");
    assert.match(line, new RegExp(`HTTP status 502, wanted 200 \\(${front.url}\\); ${used}$`));
    isAway = false;
    await share(sharing);
    assert.deepEqual(logger.take(), ["info dbsharing: the node service answers again"]);
  }
}));

test("where no peer can be read three are named with why, and later it is said that they answer again", inWorld(async (world) => {
  let nowMs = Date.now();
  let isWell = false;
  const peer = await world.server((_, response) => (isWell ? response.end("[]") : response.writeHead(500).end()));
  const dead = await Promise.all([1, 2, 3, 4].map(() => world.deadUrl()));
  const logger = listeningLogger();
  const sharing = await world.sharingWith([...dead, peer.url], { logger, now: () => nowMs });
  for (let round = 0; round < 4; round += 1) await share(sharing);
  const [line, ...others] = logger.take();
  assert.match(line, /^warn dbsharing: none of the 5 peers could be read: (http:\S+ \(\S[^()]+\), ){3}and 2 more$/);
  assert.deepEqual(others, [], "that they are left alone then is not said besides");
  isWell = true;
  nowMs += 60_000;
  await share(sharing);
  assert.deepEqual(logger.take(), ["info dbsharing: peers answer again"]);
}));

const nobody = "dbsharing: there is nobody to share with: the node service lists no other node of task task";

for (const [what, list] of Object.entries({ "an empty list": "[]", "an empty object": "{}", "only ourselves": '["http://me:1"]' })) {
  test(`where the service answers with ${what} that is a warning, once an hour`, inWorld(async (world) => {
    const logger = listeningLogger();
    const service = await world.server((_, response) => response.end(list));
    const sharing = world.sharing({ serviceUrl: service.url, selfUrl: "http://me:1", logger });
    for (let round = 0; round < 3; round += 1) await share(sharing);
    const wanted = `warn ${nobody}; unless this is its first node, is option taskId right?`;
    assert.deepEqual(logger.take(), [wanted]);
    letPass(HOUR_MS);
    await share(sharing);
    assert.ok(logger.take().join().startsWith(`${wanted} (and 2 times since`));
  }));
}

test("where option peers lists no node either, that is said", inWorld(async (world) => {
  const logger = listeningLogger();
  await share(await world.sharingWith([], { peers: () => [], logger }));
  assert.match(logger.take().join(), /nobody to share with: node service and option peers list no other node of task task;/);
}));

test("where all peers answer with 404 that is a warning, once an hour", inWorld(async (world) => {
  for (const [count, whom] of [[1, "the only peer does not serve"], [3, "none of the 3 peers serves"]]) {
    const none = await Promise.all(Array.from({ length: count }, () => world.server((_, response) => response.writeHead(404).end())));
    const logger = listeningLogger();
    const sharing = await world.sharingWith(none.map(({ url }) => url), { logger, collection: "posts" });
    for (let round = 0; round < 2; round += 1) await share(sharing);
    const [line, ...others] = logger.take();
    const where = "HTTP 404 at http://127\\.0\\.0\\.1:\\d+/task/task/posts; are option taskId and collection right\\?";
    assert.match(line, new RegExp(`^warn dbsharing: posts: ${whom} records of this task: ${where}$`));
    assert.deepEqual(others, []);
  }
}));

test("a single peer with 404 beside others that serve is not warned about", inWorld(async (world) => {
  const none = await world.server((_, response) => response.writeHead(404).end());
  const logger = listeningLogger();
  await share(await world.sharingWith([none.url, (await world.plainPeer(some)).url], { logger }));
  assert.deepEqual(logger.take("warn"), []);
}));

test("a peer that is left alone is named with the time and the reason, once an hour", inWorld(async (world) => {
  const [peer, dead] = [await world.plainPeer(some), await world.deadUrl()];
  const logger = listeningLogger();
  const sharing = await world.sharingWith([peer.url, dead], { logger });
  for (let round = 0; round < 3; round += 1) await share(sharing);
  assert.deepEqual(logger.take("warn"), [], "it is asked in each of these");
  for (let round = 0; round < 3; round += 1) await share(sharing);
  const [line, ...others] = logger.take("warn");
  const reason = "no answer: /task/task/linktree/all: .*ECONNREFUSED; nobody listens there";
  assert.match(line, new RegExp(`^warn dbsharing: a peer is left alone: ${dead} for \\d+ s more \\(${reason}\\)$`));
  assert.deepEqual(others, []);
  letPass(HOUR_MS);
  await share(sharing);
  assert.equal(logger.take("warn").length, 1);
}));

test("however many peers are left alone, few lines say so", () => {
  const logger = plainLogger();
  const speaking = new Speaking(logger, {});
  for (let round = 0; round < 100; round += 1) {
    const dead = Array.from({ length: 32 }, (_, at) => peerReport(`http://peer-${round}-${at}`, waiting));
    speaking.afterRound(reportOf([peerReport("http://well", { outcome: "unchanged" }), ...dead]));
  }
  const lines = logger.take("warn");
  assert.equal(lines.length, 6);
  for (const line of lines) assert.match(line, /^warn 32 peers are left alone: (http:\S+ for 2 min more \(failed before\), ){3}and 29 more$/);
});

test("an entry of the list that has no url is said so", inWorld(async (world) => {
  const logger = listeningLogger();
  await share(await world.sharingWith([{ data: {} }], { logger }));
  const heard = logger.heard.join("\n");
  assert.match(heard, /the only peer could not be read: an entry without a url \(the entry has no url; one that/);
  assert.match(heard, /debug dbsharing: an entry without a url skipped: ADDRESS_REFUSED/);
}));

test("a connection that breaks is said once", inWorld(async (world) => {
  const server = await world.server((_, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("[", () => response.destroy());
  });
  const [{ message }] = (await share(await world.sharingWith([server.url]))).peers;
  assert.equal(message.match(/ECONNRESET/g)?.length, 1, message);
  assert.match(message, /it closed the connection before the end of its body \(ECONNRESET\)$/);
}));

test("a password or a query in a listed url is not shown", inWorld(async (world) => {
  const logger = listeningLogger();
  await share(await world.sharingWith(["http://user:secret@host/?key=secret"], { logger }));
  assert.match(logger.take("warn").join(), /the only peer could not be read: http:\/\/…@host\/\?… \(the url carries/);
  await share(await world.sharingWith([], { logger, peers: async () => ["https://host/path?key=secret"] }));
  const [line] = logger.heard.filter((one) => one.includes("option peers gave"));
  assert.match(line, /option peers gave https:\/\/host…, which has a query.+option fetch/);
  assert.doesNotMatch(logger.heard.join(), /secret/);
}));

test("a database that fails is said once, and that it works again", inWorld(async (world) => {
  const db = simpleDb();
  const peer = await world.plainPeer(some);
  const logger = listeningLogger();
  const sharing = await world.sharingWith([peer.url], { db, logger });
  const intact = db.put;
  db.put = () => {
    throw new Error("the disk is full");
  };
  for (let round = 0; round < 3; round += 1) await share(sharing);
  assert.deepEqual(logger.take(), ["warn dbsharing: the database fails: db.put() failed: the disk is full"]);
  letPass(HOUR_MS);
  await share(sharing);
  assert.match(logger.take().join(), new RegExp(`: the disk is full \\(and 2 times since ${TIME}\\)$`));
  db.put = intact;
  for (let round = 0; round < 3; round += 1) await share(sharing);
  assert.deepEqual(logger.take().filter((line) => !line.includes("stored")), ["info dbsharing: the database works again"]);
}));

test("that the database works again is not said while nothing was written", inWorld(async (world) => {
  const peer = await world.plainPeer([some[0]]);
  const logger = listeningLogger();
  const fail = () => {
    throw new Error("the disk is full");
  };
  const sharing = await world.sharingWith([peer.url], { logger, db: { getAll: () => [], put: fail } });
  const reports = [];
  for (let round = 0; round < 12; round += 1) reports.push(await share(sharing));
  assert.ok(reports.some(({ ok, totals }) => ok && totals.inserted === 0), "a round after which it might be said");
  assert.deepEqual(logger.take("info"), []);
}));

test("a database that could not be read works again once it is read", inWorld(async (world) => {
  const db = simpleDb();
  const intact = db.getAll;
  const logger = listeningLogger();
  const sharing = await world.sharingWith([], { db, logger });
  db.getAll = () => Promise.reject(new Error("no connection"));
  await share(sharing);
  db.getAll = intact;
  logger.take();
  await share(sharing);
  assert.ok(logger.take("info").includes("info dbsharing: the database works again"));
}));

test("a failure that a request is answered with is said as well", inWorld(async (world) => {
  const logger = listeningLogger();
  const fail = () => Promise.reject(new Error("the disk is full"));
  const sharing = world.sharing({ logger, acceptWrites: true, db: { getAll: fail, put: fail } });
  const post = { method: "POST", body: JSON.stringify(some[0]) };
  assert.equal((await sharing.handle(new Request("http://node/linktree", post))).status, 503);
  assert.equal((await sharing.handle(new Request("http://node/linktree/all"))).status, 503);
  const line = "warn dbsharing: a request was answered with status 503: db.getAll() failed: the disk is full";
  assert.deepEqual(logger.take(), [line]);
}));

test("entries that are not what was stored are one kind of fault, however many they are", inWorld(async (world) => {
  const store = storeOver();
  for (const one of some) await world.sharing({ db: store }).put(one);
  const logger = listeningLogger();
  const sharing = world.sharing({ db: store, logger });
  await sharing.ready();
  store.entries = async function* altered(range) {
    for await (const entry of store.intact.entries(range)) yield { ...entry, text: entry.text.replace("linktree", "lynktree") };
  };
  const response = await sharing.handle(new Request("http://node/linktree/all"));
  await response.text().catch(() => {});
  const lines = logger.take("warn").filter((line) => line.includes("is not what was stored"));
  assert.equal(lines.length, 1, logger.heard.join("\n"));
}));

test("records that the database does not take are said with their number and why", inWorld(async (world) => {
  const peer = await world.plainPeer(some);
  const logger = listeningLogger();
  await share(await world.sharingWith([peer.url], { logger, maxRecords: 1 }));
  assert.match(logger.take("warn").join(), /^warn dbsharing: 2 records not stored; the first: this node holds its maximum of 1 records?$/);
}));

test("of refused records the first message of the round is quoted", () => {
  const logger = plainLogger();
  const speaking = new Speaking(logger, {});
  const item = (code, message) => ({ url: "http://peer", key: "k", code, message });
  speaking.noteRejected([item("BAD_KEY", "not said"), item("STORE_REFUSED", "no é here"), item("STORE_REFUSED", "another")]);
  const rejected = { STORE_REFUSED: 2, BAD_KEY: 1 };
  speaking.afterRound(reportOf([peerReport("http://peer", { rejected })]));
  assert.deepEqual(logger.take("warn"), ["warn 2 records not stored; the first: no é here"]);
  speaking.afterRound(reportOf([peerReport("http://peer", { rejected })]));
  assert.deepEqual(logger.take("warn"), ["warn 2 records not stored: the database refuses them, and takes others"]);
  speaking.afterRound(reportOf([peerReport("http://peer", { rejected: { STORE_UNSAFE: 1 } })]));
  assert.match(logger.take("warn").join(), /^warn 1 record not stored: the database would damage/);
});

test("records of two peers that are dated ahead are reason to doubt the clock", inWorld(async (world) => {
  const nowMs = Date.now();
  const ahead = (number) => world.plainPeer([record(`ahead ${number}`, { timestamp: nowMs + HOUR_MS })]);
  const [one, other] = [await ahead(1), await ahead(2)];
  const logger = listeningLogger();
  await share(await world.sharingWith([one.url], { logger, now: () => nowMs }));
  assert.deepEqual(logger.take("warn"), [], "one peer's clock may be wrong");
  await share(await world.sharingWith([one.url, other.url], { logger, now: () => nowMs }));
  const [line] = logger.take("warn");
  const year = new Date(nowMs).getFullYear();
  assert.match(line, new RegExp(`2 records of 2 peers are dated .+: is this machine's clock right\\? It says ${year}-\\d\\d-\\d\\d ${TIME}$`));
}));

test("a record whose timestamp looks wrong though the rules accept it is said, once an hour", () => {
  const logger = plainLogger();
  const speaking = new Speaking(logger, {});
  speaking.noteVerdict({ ok: true, key: "k", hint: "its timestamp looks like seconds" });
  speaking.noteVerdict({ ok: true, key: "k" });
  assert.deepEqual(logger.take(), ["warn the record k: its timestamp looks like seconds"]);
});

test("a round that changes something is one line of info, and every round one of debug", inWorld(async (world) => {
  const peer = await world.plainPeer([...some, { ...some[0], signature: some[1].signature }]);
  const logger = listeningLogger();
  const sharing = await world.sharingWith([peer.url], { logger, collection: "posts" });
  await share(sharing);
  const LASTS = "(\\d+ ms|[\\d.]+ s)";
  const [info, debug] = logger.take("info", "debug");
  assert.match(info, new RegExp(`^info dbsharing: posts: stored 3 new records from 1 peer in ${LASTS}$`));
  const counts = "4 items \\(0 known, 3 new, 0 newer, 0 older, 1 BAD_SIGNATURE\\)";
  assert.match(debug, new RegExp(`^debug dbsharing: posts: round of ${LASTS}: 1 peer \\(1 synced\\); \\d requests?, \\d+ bytes; ${counts}$`));
  await share(sharing);
  assert.match(logger.take("info", "debug").join("\n"), /^debug .+4 known, 0 new[^\n]+$/);
}));

test("peers that failed or are left alone are lines of debug, with times as times", inWorld(async (world) => {
  const logger = listeningLogger();
  const dead = await world.deadUrl();
  const sharing = await world.sharingWith([dead], { logger });
  for (let round = 0; round < 4; round += 1) await share(sharing);
  const lines = logger.take("debug").filter((line) => line.startsWith(`debug dbsharing: ${dead} `));
  assert.equal(lines.length, 4);
  assert.match(lines[0], / failed: PEER_UNREACHABLE: no answer: /);
  assert.match(lines[3], new RegExp(` skipped: BACKING_OFF: left alone for \\d+ s more after .+$`));
}));

const waiting = {
  outcome: "skipped",
  code: "BACKING_OFF",
  message: "left alone for 2 min more after it failed, or had nothing, 5 times in a row",
};

function peerReport(url, more) {
  return { url, outcome: "synced", ...COUNTS, rejected: {}, ...more };
}

const COUNTS = { requests: 1, bytesReceived: 1, offered: 0, known: 0, verified: 0, inserted: 0, replaced: 0, kept: 0 };

function reportOf(peers) {
  const rejected = Object.assign({}, ...peers.map((peer) => peer.rejected));
  return { ok: true, startedAtMs: 1_800_000_000_000, durationMs: 5, peers, totals: { ...COUNTS, rejected } };
}

/** What Speaking speaks to: lines without what a Logger puts before them, each as often as it is said. */
function plainLogger() {
  const heard = listeningLogger();
  const ofKind = (level) => (kind, message) => heard[level](message);
  return { ...heard, warn: ofKind("warn"), error: ofKind("error"), say: (level, message) => heard[level](message) };
}
