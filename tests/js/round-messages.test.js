// What a task logs by itself after its rounds: one line for each fault, recoveries, what a round did.
import { letPass } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { RoundMessages } from "../../js/core/round-messages.js";
import { simpleDb, storeOver } from "./fixtures/databases.js";
import { listeningLogger } from "./fixtures/listening-logger.js";
import { record, records } from "./fixtures/records.js";
import { peerReport, plainLogger, reportOf } from "./fixtures/round-reports.js";
import { inWorld, share } from "./fixtures/world.js";

const HOUR_MS = 3_600_000;
const TIME = "\\d\\d:\\d\\d:\\d\\d[+-]\\d\\d:\\d\\d";
const some = records(3);

/** The output of a task with this fault in five rounds, in a process of its own. */
async function printedBy(fault, url) {
  const script = fileURLToPath(new URL("fixtures/messages-process.js", import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--no-warnings", script, fault, url, "5"]);
  return stdout + stderr;
}

const faults = {
  "no task id":
    /^dbsharing: taskId is missing; .+; to share from here, give options taskId and serviceUrl, or for koiiSharing .+ TASK_ID and SERVICE_URL in .+; a node .+ process\.argv\[3\] and process\.argv\[9\], where koiiSharing finds them\n$/,
  "a dead service":
    /^dbsharing: the node service did not answer: http:.+ECONNREFUSED.+; there is nobody to ask until it answers\n$/,
  "a database that throws": /^dbsharing: the database fails: db\.getAll\(\) failed: connect ECONNREFUSED\n$/,
  "a database that never opens":
    /^dbsharing: the database fails: the promise given as option db did not settle within 20 ms\n$/,
  "a database of the other identity": /^dbsharing: the database fails: .*identity.*owner.*record.*\n$/,
  "a database that cannot be opened":
    /^dbsharing: the database fails: the promise given as option db rejected: no such host\n$/,
};

for (const [fault, line] of Object.entries(faults)) {
  test(
    `by default a task with ${fault} logs one line, however many rounds it runs`,
    inWorld(async (world) => {
      const { url } = fault === "a dead service" ? { url: await world.deadUrl() } : await world.list();
      assert.match(await printedBy(fault, url), line);
    }),
  );
}

test(
  "a task without faults logs nothing, and neither does one whose logger is null",
  inWorld(async (world) => {
    const { url } = await world.list([(await world.plainPeer(some)).url]);
    assert.equal(await printedBy("nothing", url), "");
    assert.equal(await printedBy("a silenced fault", url), "");
  }),
);

test(
  "a fault is logged once within an hour, then with how often it occurred in between",
  inWorld(async (world) => {
    const logger = listeningLogger();
    const sharing = world.sharing({ serviceUrl: await world.deadUrl(), logger });
    for (let round = 0; round < 3; round += 1) await share(sharing);
    assert.equal(logger.take("warn").length, 1);
    letPass(HOUR_MS);
    await share(sharing);
    const [again, ...others] = logger.take("warn");
    assert.match(again, new RegExp(`nobody to ask until it answers \\(and 2 times since ${TIME}\\)$`));
    assert.deepEqual(others, []);
  }),
);

test(
  "if the service fails the log says what is used instead, and later that the service answers again",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const service = await world.list([peer.url]);
    let isAway = false;
    const front = await world.server(async (_, response) => {
      if (isAway) return response.writeHead(502).end();
      response.end(await (await fetch(service.url)).text());
    });
    for (const [peers, used] of [
      [undefined, `its list of ${TIME} is used`],
      [[peer.url], `its list of ${TIME} and option peers are used`],
    ]) {
      const logger = listeningLogger();
      const sharing = world.sharing({ serviceUrl: front.url, peers, logger });
      await share(sharing);
      isAway = true;
      logger.take();
      await share(sharing);
      const [line] = logger.take("warn");
      assert.match(line, new RegExp(`HTTP status 502; wanted 200 \\(${front.url}\\); ${used}$`));
      isAway = false;
      await share(sharing);
      assert.deepEqual(logger.take(), ["info dbsharing: the node service answers again"]);
    }
  }),
);

test(
  "a failing database is logged once, and once when it works again",
  inWorld(async (world) => {
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
    assert.deepEqual(
      logger.take().filter((line) => !line.includes("stored")),
      ["info dbsharing: the database works again"],
    );
  }),
);

test(
  "the log does not say that the database works again before something was written",
  inWorld(async (world) => {
    const peer = await world.plainPeer([some[0]]);
    const logger = listeningLogger();
    const fail = () => {
      throw new Error("the disk is full");
    };
    const sharing = await world.sharingWith([peer.url], { logger, db: { getAll: () => [], put: fail } });
    const reports = [];
    for (let round = 0; round < 12; round += 1) reports.push(await share(sharing));
    assert.ok(
      reports.some(({ ok, totals }) => ok && totals.inserted === 0),
      "a round after which it might be logged",
    );
    assert.deepEqual(logger.take("info"), []);
  }),
);

test(
  "a database that could not be read is logged as working once it is read",
  inWorld(async (world) => {
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
  }),
);

test(
  "a failure in answering a request is logged too",
  inWorld(async (world) => {
    const logger = listeningLogger();
    const fail = () => Promise.reject(new Error("the disk is full"));
    const sharing = world.sharing({ logger, acceptWrites: true, db: { getAll: fail, put: fail } });
    const post = { method: "POST", body: JSON.stringify(some[0]) };
    assert.equal((await sharing.handle(new Request("http://node/linktree", post))).status, 503);
    assert.equal((await sharing.handle(new Request("http://node/linktree/all"))).status, 503);
    const line = "warn dbsharing: a request was answered with status 503: db.getAll() failed: the disk is full";
    assert.deepEqual(logger.take(), [line]);
  }),
);

test(
  "altered entries are one kind of fault, however many they are",
  inWorld(async (world) => {
    const store = storeOver();
    for (const one of some) await world.sharing({ db: store }).put(one);
    const logger = listeningLogger();
    const sharing = world.sharing({ db: store, logger });
    await sharing.ready();
    const altered = (entry) => entry && { ...entry, text: entry.text.replace("linktree", "lynktree") };
    store.entries = async function* entries(range) {
      for await (const entry of store.intact.entries(range)) yield altered(entry);
    };
    store.getMany = async (keys) => (await store.intact.getMany(keys)).map(altered);
    const response = await sharing.handle(new Request("http://node/linktree/all"));
    await response.text().catch(() => {});
    const lines = logger.take("warn").filter((line) => line.includes("is not what was stored"));
    assert.equal(lines.length, 1, logger.heard.join("\n"));
  }),
);

test(
  "records that the database refuses are logged with their number and the reason",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const logger = listeningLogger();
    await share(await world.sharingWith([peer.url], { logger, maxRecords: 1 }));
    assert.match(
      logger.take("warn").join(),
      /^warn dbsharing: 2 records not stored; the first: this node holds its maximum of 1 records?$/,
    );
  }),
);

test("the first message about refused records in a round is quoted", () => {
  const logger = plainLogger();
  const messages = new RoundMessages(logger, {});
  const item = (code, message) => ({ url: "http://peer", key: "k", code, message });
  messages.noteRejected([item("BAD_KEY", "not said"), item("STORE_REFUSED", "no é here"), item("STORE_REFUSED", "another")]);
  const rejected = { STORE_REFUSED: 2, BAD_KEY: 1 };
  messages.afterRound(reportOf([peerReport("http://peer", { rejected })]));
  assert.deepEqual(logger.take("warn"), ["warn 2 records not stored; the first: no é here"]);
  messages.afterRound(reportOf([peerReport("http://peer", { rejected })]));
  assert.deepEqual(logger.take("warn"), ["warn 2 records not stored: the database refuses them, and takes others"]);
  messages.afterRound(reportOf([peerReport("http://peer", { rejected: { STORE_UNSAFE: 1 } })]));
  assert.match(logger.take("warn").join(), /^warn 1 record not stored: the database would damage/);
});

test(
  "records from two peers that are dated ahead cause a warning about the clock",
  inWorld(async (world) => {
    const nowMs = Date.now();
    const ahead = (number) => world.plainPeer([record(`ahead ${number}`, { timestamp: nowMs + HOUR_MS })]);
    const [one, other] = [await ahead(1), await ahead(2)];
    const logger = listeningLogger();
    await share(await world.sharingWith([one.url], { logger, now: () => nowMs }));
    assert.deepEqual(logger.take("warn"), [], "with one peer, its clock may be wrong");
    await share(await world.sharingWith([one.url, other.url], { logger, now: () => nowMs }));
    const [line] = logger.take("warn");
    const year = new Date(nowMs).getFullYear();
    assert.match(
      line,
      new RegExp(`2 records of 2 peers are dated .+: is this machine's clock right\\? It says ${year}-\\d\\d-\\d\\d ${TIME}$`),
    );
  }),
);

test("an accepted record whose timestamp looks wrong is logged, once an hour", () => {
  const logger = plainLogger();
  const messages = new RoundMessages(logger, {});
  messages.noteVerdict({ ok: true, key: "k", hint: "its timestamp looks like seconds" });
  messages.noteVerdict({ ok: true, key: "k" });
  assert.deepEqual(logger.take(), ["warn the record k: its timestamp looks like seconds"]);
});

test(
  "a round that changes something is logged in one line of info, and every round in one of debug",
  inWorld(async (world) => {
    const peer = await world.plainPeer([...some, { ...some[0], signature: some[1].signature }]);
    const logger = listeningLogger();
    const sharing = await world.sharingWith([peer.url], { logger, collection: "posts" });
    await share(sharing);
    const LASTS = "(\\d+ ms|[\\d.]+ s)";
    const [info, debug] = logger.take("info", "debug");
    assert.match(info, new RegExp(`^info dbsharing: posts: stored 3 new records from 1 peer in ${LASTS}$`));
    const counts = "4 items \\(0 known, 3 new, 0 newer, 0 older, 1 BAD_SIGNATURE\\)";
    assert.match(
      debug,
      new RegExp(`^debug dbsharing: posts: round of ${LASTS}: 1 peer \\(1 synced\\); \\d requests?, \\d+ bytes; ${counts}$`),
    );
    await share(sharing);
    assert.match(logger.take("info", "debug").join("\n"), /^debug .+4 known, 0 new[^\n]+$/);
  }),
);

test(
  "peers that failed or are left alone are logged at level debug, with times written as times",
  inWorld(async (world) => {
    const logger = listeningLogger();
    const dead = await world.deadUrl();
    const sharing = await world.sharingWith([dead], { logger });
    for (let round = 0; round < 4; round += 1) await share(sharing);
    const lines = logger.take("debug").filter((line) => line.startsWith(`debug dbsharing: ${dead} `));
    assert.equal(lines.length, 4);
    assert.match(lines[0], / failed: PEER_UNREACHABLE: no answer: /);
    assert.match(lines[3], new RegExp(` skipped: BACKING_OFF: left alone for \\d+ s more after .+$`));
  }),
);
