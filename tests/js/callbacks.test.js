// The task's own functions, whatever they do: accept, peers, now, listeners, logger, signal.
import { letPass, peerTimeoutMs } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import { listeningLogger } from "./fixtures/listening-logger.js";
import { record, records, sorted } from "./fixtures/records.js";
import { entryOf, heldBy, inWorld, share, until } from "./fixtures/world.js";

const some = records(3);
const hang = () => new Promise(() => {});
/** The deadline of a function that hangs passes at once. */
const hangTooLong = () => {
  setImmediate(letPass, peerTimeoutMs);
  return hang();
};
const fail = (error = new Error("the task's function failed")) => {
  throw error;
};
const oddThrows = {
  "an Error": () => fail(),
  nothing: () => {
    throw undefined;
  },
  "an object that cannot be printed": () => {
    throw Object.create(null, { message: { get: fail } });
  },
  "a rejection": async () => fail(),
};

const no = { false: () => false, "a promise of false": async () => false, "a text": () => "yes" };
const refusals = { ...oddThrows, ...no, never: hangTooLong };

for (const [what, accept] of Object.entries(refusals)) {
  test(
    `if accept returns ${what}, no record is accepted`,
    inWorld(async (world) => {
      const peer = await world.plainPeer(some);
      const sharing = await world.sharingWith([peer.url], { accept });
      const report = await share(sharing);
      assert.equal(report.ok, true);
      assert.deepEqual(entryOf(report, peer.url).rejected, { NOT_ACCEPTED: 3 });
      assert.deepEqual(await heldBy(sharing), []);
      const { ok, code, stored } = await sharing.put(some[0]);
      assert.deepEqual([ok, code, stored], [false, "NOT_ACCEPTED", false]);
    }),
  );
}

const oddAnswers = {
  "option accept gave undefined; wanted true or false": { accept: () => {} },
  'option accept gave "yes"; wanted true or false': { accept: async () => "yes" },
  "option accept threw: boom": { accept: () => Promise.reject(new Error("boom")) },
  "option peers gave 7; wanted an array of urls": { peers: async () => 7 },
  "option peers threw: boom": { peers: () => Promise.reject(new Error("boom")) },
  "option now gave 12500000000000000; wanted milliseconds since 1970; the machine's own clock is used": { now: () => 12.5e15 },
  "option now gave an object; wanted milliseconds since 1970; the machine's own clock is used": { now: () => new Date() },
  "option now threw: boom; the machine's own clock is used": { now: () => fail(new Error("boom")) },
};

for (const [line, option] of Object.entries(oddAnswers)) {
  test(
    `a warning says: ${line}`,
    inWorld(async (world) => {
      const logger = listeningLogger();
      const peer = await world.plainPeer(some);
      await share(await world.sharingWith([peer.url], { logger, ...option }));
      assert.deepEqual(logger.take("warn"), [`warn dbsharing: ${line}`]);
    }),
  );
}

test(
  "accept may answer later, is called for records that pass all other rules, and decides",
  inWorld(async (world) => {
    const seen = [];
    const accept = async (one) => {
      seen.push(one);
      await null;
      return one.data.number !== 1;
    };
    const peer = await world.plainPeer([...some, { ...some[0], signature: some[1].signature }, ...some]);
    const sharing = await world.sharingWith([peer.url], { accept });
    const { rejected, inserted } = entryOf(await share(sharing), peer.url);
    assert.deepEqual([inserted, rejected.NOT_ACCEPTED >= 1], [2, true]);
    assert.deepEqual(sorted(seen.slice(0, 3)), sorted(some));
    assert.deepEqual(sorted(await heldBy(sharing)), sorted([some[0], some[2]]));
  }),
);

test(
  "a record that accept refused is offered to it again after ten minutes, from an unchanged peer",
  inWorld(async (world) => {
    let nowMs = 1_800_000_000_000;
    let isAccepted = false;
    const peer = await world.peer("express-send", some);
    const sharing = await world.sharingWith([peer.url], { accept: () => isAccepted, now: () => nowMs });
    await share(sharing);
    isAccepted = true;
    assert.equal(entryOf(await share(sharing), peer.url).outcome, "unchanged");
    nowMs += 10 * 60 * 1000;
    const { inserted, verified } = entryOf(await share(sharing), peer.url);
    assert.deepEqual([inserted, verified], [3, 0], "they are accepted, and no signature is verified twice");
  }),
);

const faultyPeers = {
  ...oddThrows,
  never: hangTooLong,
  "a number": () => 7,
  "a text": async () => "http://127.0.0.1:1",
  "a list that throws": () => ({ [Symbol.iterator]: fail }),
  "an error over two lines": () => {
    throw new Error("first\nsecond\u001b[2J");
  },
};

for (const [what, peers] of Object.entries(faultyPeers)) {
  test(
    `if peers() returns ${what}, the report says so and the nodes that the service lists are asked`,
    inWorld(async (world) => {
      const peer = await world.plainPeer(some);
      const logger = listeningLogger();
      const report = await share(await world.sharingWith([peer.url], { peers, logger }));
      assert.deepEqual([report.ok, report.error.code], [false, "PEERS_FAILED"]);
      assert.match(report.error.message, /^option peers (threw: |gave |did not answer within )[\x20-\x7e]+$/);
      assert.deepEqual(logger.take("warn"), [`warn dbsharing: ${report.error.message}`]);
      assert.deepEqual(
        report.peers.map(({ url, inserted }) => [url, inserted]),
        [[peer.url, 3]],
      );
    }),
  );
}

for (const [what, peers] of Object.entries({ undefined: () => undefined, null: async () => null, "an empty list": () => [] })) {
  test(
    `if peers() returns ${what}, there are no peers, and that is not an error`,
    inWorld(async (world) => {
      const peer = await world.plainPeer(some);
      const report = await share(await world.sharingWith([peer.url], { peers }));
      assert.equal(report.ok, true);
      assert.deepEqual(
        report.peers.map(({ url }) => url),
        [peer.url],
      );
    }),
  );
}

test(
  "peers may be an object of urls by staking key, or a function that returns one",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const byKey = { stakingKey: peer.url };
    for (const peers of [byKey, () => byKey, async () => new Set([peer.url]), new Set([peer.url])]) {
      const report = await share(await world.sharingWith([], { peers }));
      assert.deepEqual([report.ok, entryOf(report, peer.url).inserted], [true, 3]);
    }
  }),
);

test(
  "each invalid url among the task's own peers is refused by itself",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const peers = async () => new Set([null, 7, "", "no url", peer.url]);
    const report = await share(await world.sharingWith([], { peers }));
    assert.equal(report.peers.filter(({ code }) => code === "ADDRESS_REFUSED").length, 4);
    assert.equal(entryOf(report, peer.url).inserted, 3);
  }),
);

test(
  "a record that was FROM_THE_FUTURE is stored when its time has come, without another body",
  inWorld(async (world) => {
    let nowMs = 1_800_000_000_000;
    const due = record("due", { timestamp: nowMs + 3_600_000 });
    const peer = await world.peer("express-send", [...some, due]);
    const sharing = await world.sharingWith([peer.url], { now: () => nowMs });
    const stored = [];
    sharing.on("record", (one) => stored.push(one));
    assert.deepEqual(entryOf(await share(sharing), peer.url).rejected, { FROM_THE_FUTURE: 1 });
    assert.equal(sharing.status().parked, 1);
    assert.equal((await sharing.put(due)).code, "FROM_THE_FUTURE");

    nowMs = due.data.timestamp - 10 * 60 * 1000 - 1;
    assert.equal(entryOf(await share(sharing), peer.url).outcome, "unchanged");
    assert.equal((await heldBy(sharing)).length, 3);
    nowMs += 1;
    const entry = entryOf(await share(sharing), peer.url);
    assert.deepEqual([entry.outcome, entry.bytesReceived], ["unchanged", 0]);
    assert.deepEqual(sorted(await heldBy(sharing)), sorted([...some, due]));
    assert.deepEqual(sorted(stored), sorted([...some, due]), "listeners were called with it");
    assert.equal(sharing.status().parked, 0);
  }),
);

test(
  "a parked record that is due but not accepted is offered again later",
  inWorld(async (world) => {
    let nowMs = 1_800_000_000_000;
    let isAccepted = false;
    const due = record("due", { timestamp: nowMs + 3_600_000 });
    const peer = await world.peer("express-send", [due]);
    const sharing = await world.sharingWith([peer.url], { now: () => nowMs, accept: () => isAccepted });
    await share(sharing);
    nowMs += 3_600_000;
    await share(sharing);
    isAccepted = true;
    nowMs += 10 * 60 * 1000;
    await share(sharing);
    assert.deepEqual(await heldBy(sharing), [due]);
  }),
);

const noTimes = { ...oddThrows, NaN: () => NaN, null: () => null, "a negative time": () => -1 };

for (const [what, now] of Object.entries(noTimes)) {
  test(
    `if now returns ${what}, the machine's clock is used`,
    inWorld(async (world) => {
      const peer = await world.plainPeer(some);
      const beforeMs = Date.now();
      const report = await share(await world.sharingWith([peer.url], { now }));
      assert.ok(report.startedAtMs >= beforeMs && report.startedAtMs <= Date.now());
      assert.equal(report.totals.inserted, 3);
    }),
  );
}

test(
  "listeners and loggers that throw, reject or hang change nothing",
  inWorld(async (world) => {
    for (const odd of [...Object.values(oddThrows), hang]) {
      const peer = await world.plainPeer([...some, { ...some[0], signature: some[1].signature }]);
      const logger = { debug: odd, info: odd, warn: odd, error: odd };
      const peers = odd === hang ? hangTooLong : odd;
      const sharing = await world.sharingWith([peer.url], { logger, peers, accept: () => true });
      const heard = [];
      for (const event of ["record", "report"]) {
        sharing.on(event, odd);
        sharing.on(event, (value) => heard.push(value));
      }
      const report = await share(sharing);
      assert.equal(report.error.code, "PEERS_FAILED");
      assert.deepEqual([heard.length, heard[3]], [4, report], "listeners after the failing one are called");
    }
  }),
);

test(
  "a removed listener is not called",
  inWorld(async (world) => {
    const sharing = await world.sharingWith([]);
    const off = sharing.on("report", () => assert.fail("called"));
    off();
    off();
    await share(sharing);
    assert.throws(() => sharing.on("reports", () => {}), RangeError);
    assert.throws(() => sharing.on("report"), TypeError);
  }),
);

test(
  "listeners may call share, put and stop",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const sharing = await world.sharingWith([peer.url]);
    const own = record("own");
    const puts = [];
    sharing.on("record", () => puts.push(sharing.put(own)));
    sharing.on("report", () => void sharing.share());
    sharing.on("report", () => sharing.stop());
    const report = await share(sharing);
    assert.equal(report.totals.inserted, 3);
    await Promise.all(puts);
    assert.deepEqual(sorted(await heldBy(sharing)), sorted([...some, own]));
  }),
);

test(
  "stop() ends the current round, and the next one runs",
  inWorld(async (world) => {
    const peer = await world.peer("hangs-in-body", some);
    const sharing = await world.sharingWith([peer.url]);
    const round = sharing.share();
    await until(() => peer.requests.length > 0);
    await sharing.stop();
    const report = await round;
    assert.equal(report.error.code, "ABORTED");
    assert.equal(entryOf(report, peer.url).code, "ABORTED");
    const next = sharing.share();
    assert.notEqual(next, round);
    await sharing.stop();
    assert.equal((await next).error.code, "ABORTED");
    assert.equal(
      sharing.status().peers.every(({ failures }) => failures === 0),
      true,
      "it does not count as a failure of the peer",
    );
  }),
);

test(
  "stop() ends a round whose service hangs, even one that has just begun",
  inWorld(async (world) => {
    const service = await world.service("hangs", []);
    const sharing = world.sharing({ serviceUrl: service.url });
    const round = sharing.share();
    await sharing.stop();
    assert.equal((await round).error.code, "ABORTED");
  }),
);

test(
  "the signal ends the current round and all later ones",
  inWorld(async (world) => {
    const controller = new AbortController();
    const peer = await world.peer("hangs-before-headers", some);
    const sharing = await world.sharingWith([peer.url], { signal: controller.signal });
    const round = sharing.share();
    await until(() => peer.requests.length > 0);
    controller.abort();
    assert.equal((await round).error.code, "ABORTED");
    assert.equal((await share(sharing)).error.code, "ABORTED");
    let begun = 0;
    sharing.on("report", () => (begun += 1));
    sharing.start();
    await sharing.stop();
    assert.equal(begun, 0);
    assert.equal(peer.requests.length, 1);
  }),
);

test(
  "start() shares at once and then every intervalMs, until stop()",
  inWorld(async (world) => {
    const started = async () => {
      const sharing = await world.sharingWith([], { intervalMs: 20 });
      const counted = { sharing, rounds: 0 };
      sharing.on("report", () => (counted.rounds += 1));
      sharing.start();
      sharing.start();
      return counted;
    };
    const stopped = await started();
    await until(() => stopped.rounds >= 3);
    await stopped.sharing.stop();
    const { rounds } = stopped;
    const other = await started();
    await until(() => other.rounds >= 4);
    assert.equal(stopped.rounds, rounds);
  }),
);
