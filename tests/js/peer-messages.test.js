// What a task logs about its peers: that there are none, that none answers or serves, which ones are left alone.
import { letPass } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import { RoundMessages } from "../../js/core/round-messages.js";
import { listeningLogger } from "./fixtures/listening-logger.js";
import { records } from "./fixtures/records.js";
import { peerReport, plainLogger, reportOf } from "./fixtures/round-reports.js";
import { inWorld, share } from "./fixtures/world.js";

const HOUR_MS = 3_600_000;
const some = records(3);

test(
  "if no peer can be read three are named with the reason, and later the log says that they answer again",
  inWorld(async (world) => {
    let nowMs = Date.now();
    let isWell = false;
    const peer = await world.server((_, response) => (isWell ? response.end("[]") : response.writeHead(500).end()));
    const dead = await Promise.all([1, 2, 3, 4].map(() => world.deadUrl()));
    const logger = listeningLogger();
    const sharing = await world.sharingWith([...dead, peer.url], { logger, now: () => nowMs });
    for (let round = 0; round < 4; round += 1) await share(sharing);
    const [line, ...others] = logger.take();
    assert.match(line, /^warn dbsharing: none of the 5 peers could be read: (http:\S+ \(\S[^()]+\), ){3}and 2 more$/);
    assert.deepEqual(others, [], "that they are left alone is not logged as well");
    isWell = true;
    nowMs += 60_000;
    await share(sharing);
    assert.deepEqual(logger.take(), ["info dbsharing: peers answer again"]);
  }),
);

const nobody = "dbsharing: there is nobody to share with: the node service lists no other node of task task";

for (const [what, list] of Object.entries({
  "an empty list": "[]",
  "an empty object": "{}",
  "this node only": '["http://me:1"]',
})) {
  test(
    `if the service answers with ${what} there is a warning, once an hour`,
    inWorld(async (world) => {
      const logger = listeningLogger();
      const service = await world.server((_, response) => response.end(list));
      const sharing = world.sharing({ serviceUrl: service.url, selfUrl: "http://me:1", logger });
      for (let round = 0; round < 3; round += 1) await share(sharing);
      const wanted = `warn ${nobody}; unless this is its first node, is option taskId right? createSharing does not enter this node into that list: see README, The service`;
      assert.deepEqual(logger.take(), [wanted]);
      letPass(HOUR_MS);
      await share(sharing);
      assert.ok(logger.take().join().startsWith(`${wanted} (and 2 times since`));
    }),
  );
}

test(
  "a fault that was gone for a minute is logged at once, and one that comes and goes is not",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const answers = { nobody: "[]", peer: JSON.stringify([peer.url]) };
    let now = "nobody";
    const service = await world.server((_, response) =>
      now === "away" ? response.writeHead(500).end() : response.end(answers[now]),
    );
    for (const fault of ["nobody", "away"]) {
      const logger = listeningLogger();
      const sharing = world.sharing({ serviceUrl: service.url, logger });
      const roundWith = async (answer, ms) => {
        now = answer;
        letPass(ms);
        await share(sharing);
        return logger.take("warn").length;
      };
      assert.equal(await roundWith(fault, 0), 1);
      assert.equal(await roundWith("peer", 20_000), 0);
      assert.equal(await roundWith(fault, 20_000), 0, `${fault}: well for 20 s`);
      assert.equal(await roundWith("peer", 20_000), 0);
      assert.equal(await roundWith("peer", 50_000), 0);
      assert.equal(await roundWith(fault, 20_000), 1, `${fault}: well for 70 s`);
    }
  }),
);

test(
  "if option peers lists no node either, the warning says so",
  inWorld(async (world) => {
    const logger = listeningLogger();
    await share(await world.sharingWith([], { peers: () => [], logger }));
    assert.match(logger.take().join(), /nobody to share with: node service and option peers list no other node of task task;/);
  }),
);

test(
  "without a service only the peers are asked, and no message mentions a service",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const logger = listeningLogger();
    const given = { serviceUrl: false, logger, fetch: (url, init) => (asked.push(url), fetch(url, init)) };
    const asked = [];
    const report = await share(world.sharing({ ...given, peers: [peer.url] }));
    assert.deepEqual([report.ok, report.error, report.totals.inserted], [true, undefined, some.length]);
    assert.ok(asked.length > 0 && asked.every((url) => url.startsWith(peer.url)), asked.join());
    assert.deepEqual(logger.take("warn", "error"), []);
    for (const [peers, why] of [
      [undefined, "option peers is not given"],
      [[], "option peers names no other node"],
    ]) {
      const { ok, peers: reported } = await share(world.sharing({ ...given, peers }));
      assert.deepEqual([ok, reported], [true, []]);
      const line = `warn dbsharing: there is nobody to share with: option serviceUrl is false, and ${why}`;
      assert.deepEqual(logger.take("warn", "error"), [line]);
    }
    const [{ code, message }] = await world.sharing(given).publish(some[0]);
    assert.equal(code, "PEER_UNREACHABLE");
    assert.equal(message, "no peer is known: option serviceUrl is false, and option peers names none");
    const failing = () => {
      throw new Error("no file");
    };
    assert.equal((await share(world.sharing({ ...given, peers: failing }))).error.code, "PEERS_FAILED");
    assert.doesNotMatch(logger.heard.join(), /service(?!Url)/);
  }),
);

test(
  "if all peers answer with 404 there is a warning, once an hour",
  inWorld(async (world) => {
    for (const [count, whom] of [
      [1, "the only peer does not serve"],
      [3, "none of the 3 peers serves"],
    ]) {
      const none = await Promise.all(
        Array.from({ length: count }, () => world.server((_, response) => response.writeHead(404).end())),
      );
      const logger = listeningLogger();
      const sharing = await world.sharingWith(
        none.map(({ url }) => url),
        { logger, collection: "posts" },
      );
      for (let round = 0; round < 2; round += 1) await share(sharing);
      const [line, ...others] = logger.take();
      const where = "HTTP 404 at http://127\\.0\\.0\\.1:\\d+/task/task/posts; are option taskId and collection right\\?";
      assert.match(line, new RegExp(`^warn dbsharing: posts: ${whom} records of this task: ${where}$`));
      assert.deepEqual(others, []);
    }
  }),
);

test(
  "one peer with 404 beside others that serve causes no warning",
  inWorld(async (world) => {
    const none = await world.server((_, response) => response.writeHead(404).end());
    const logger = listeningLogger();
    await share(await world.sharingWith([none.url, (await world.plainPeer(some)).url], { logger }));
    assert.deepEqual(logger.take("warn"), []);
  }),
);

test(
  "a peer that is left alone is named with the time and the reason, once an hour",
  inWorld(async (world) => {
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
  }),
);

test("few lines say which peers are left alone, however many they are", () => {
  const logger = plainLogger();
  const messages = new RoundMessages(logger, {});
  for (let round = 0; round < 100; round += 1) {
    const dead = Array.from({ length: 32 }, (_, at) => peerReport(`http://peer-${round}-${at}`, waiting));
    messages.afterRound(reportOf([peerReport("http://well", { outcome: "unchanged" }), ...dead]));
  }
  const lines = logger.take("warn");
  assert.equal(lines.length, 6);
  for (const line of lines)
    assert.match(line, /^warn 32 peers are left alone: (http:\S+ for 2 min more \(failed before\), ){3}and 29 more$/);
});

test(
  "a warning reports an entry of the list without a url",
  inWorld(async (world) => {
    const logger = listeningLogger();
    await share(await world.sharingWith([{ data: {} }], { logger }));
    const heard = logger.heard.join("\n");
    assert.match(heard, /the only peer could not be read: an entry without a url \(the entry has no url; wanted one/);
    assert.match(heard, /debug dbsharing: an entry without a url skipped: ADDRESS_REFUSED/);
  }),
);

test(
  "the message about a broken connection names it once",
  inWorld(async (world) => {
    const server = await world.server((_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("[", () => response.destroy());
    });
    const [{ message }] = (await share(await world.sharingWith([server.url]))).peers;
    assert.equal(message.match(/ECONNRESET/g)?.length, 1, message);
    assert.match(message, /it closed the connection before the end of its body \(ECONNRESET\)$/);
  }),
);

test(
  "a password or a query in a listed url is not shown",
  inWorld(async (world) => {
    const logger = listeningLogger();
    await share(await world.sharingWith(["http://user:secret@host/?key=secret"], { logger }));
    assert.match(logger.take("warn").join(), /the only peer could not be read: http:\/\/…@host\/\?… \(the url carries/);
    await share(await world.sharingWith([], { logger, peers: async () => ["https://host/path?key=secret"] }));
    const [line] = logger.heard.filter((one) => one.includes("option peers gave"));
    assert.match(line, /option peers gave https:\/\/host…, which has a query.+option fetch/);
    assert.doesNotMatch(logger.heard.join(), /secret/);
  }),
);

const waiting = {
  outcome: "skipped",
  code: "BACKING_OFF",
  message: "left alone for 2 min more after it failed, or had nothing, 5 times in a row",
};
