// A round costs only what changed, and neither a peer nor the task's own accept can make it cost much more.
import { letPass, peerTimeoutMs } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import express from "express";
import * as glue from "../../pkg/dbsharing.js";
import { memoryStore } from "../../js/stores/memory.js";
import { record, records, signer, sorted } from "./fixtures/records.js";
import { bytesBeforeHanging, watchedFetch } from "./fixtures/watched-fetch.js";
import { entryOf, heldBy, inWorld, nextTurn, share, taskId, until } from "./fixtures/world.js";

const some = records(300);

/** A store in memory that counts its calls and the entries that it has to write. */
function countingStore() {
  const store = memoryStore();
  const calls = { getMany: 0, entries: 0, versions: 0, write: 0, written: 0 };
  const counting =
    (name) =>
    (...args) => {
      calls[name] += 1;
      if (name === "write") calls.written += args[0].length;
      return store[name](...args);
    };
  return { calls, ...Object.fromEntries(["getMany", "entries", "versions", "write"].map((name) => [name, counting(name)])) };
}

/** The report of a round in which `count` records are stored before the deadline of the peers that hang. */
async function shareUntilDeadline(sharing, count) {
  let stored = 0;
  sharing.on("record", () => (stored += 1));
  const round = share(sharing);
  await until(() => stored === count);
  letPass(peerTimeoutMs);
  return round;
}

/** An Express application like that of a first-generation task. */
function expressPeer(list) {
  const application = express();
  application.get(`/task/${taskId}/linktree/all`, (_, response) => response.status(200).send(list()));
  return application;
}

test(
  "a quiet round costs at most 400 bytes a peer, no verification and no call of the store",
  inWorld(async (world) => {
    const peers = [];
    for (let number = 0; number < 10; number += 1) {
      peers.push(
        await world.countedServer(expressPeer(() => some.map((one) => ({ key: `linktree:${one.publicKey}`, value: one })))),
      );
    }
    const db = countingStore();
    const sharing = await world.sharingWith(
      peers.map(({ url }) => url),
      { db },
    );
    const first = await share(sharing);
    assert.deepEqual([first.totals.verified, first.totals.inserted, first.totals.offered], [300, 300, 3_000]);
    assert.equal(db.calls.written, 300, "each record is written once, however many peers offer it");

    const before = { calls: { ...db.calls }, down: peers.map(({ bytes }) => bytes.down) };
    const { totals, peers: asked } = await share(sharing);
    assert.deepEqual(
      asked.map(({ outcome, httpStatus }) => `${outcome} ${httpStatus}`),
      peers.map(() => "unchanged 304"),
    );
    assert.deepEqual([totals.requests, totals.verified, totals.bytesReceived], [10, 0, 0]);
    assert.deepEqual(db.calls, before.calls);
    peers.forEach(({ bytes }, at) => assert.ok(bytes.down - before.down[at] <= 400, `${bytes.down - before.down[at]} bytes`));
  }),
);

test(
  "a dbsharing peer is answered without a call of the store, even by its own tag after an edit that both hold",
  inWorld(async (world) => {
    const [near, far] = [countingStore(), countingStore()];
    const service = await world.list();
    const nodes = [
      await world.node({ db: near, serviceUrl: service.url }),
      await world.node({ db: far, serviceUrl: service.url }),
    ];
    service.nodes.push(nodes[0].url);
    for (const one of some.slice(0, 20)) await nodes[0].put(one);
    await share(nodes[1]);

    const edit = record("edit", { by: signer(9) });
    for (const node of nodes) assert.equal((await node.put(edit)).stored, true);
    const before = [{ ...near.calls }, { ...far.calls }];
    const { outcome, bytesReceived } = entryOf(await share(nodes[1]), nodes[0].url);
    assert.deepEqual(
      [outcome, bytesReceived],
      ["unchanged", 0],
      "the set is the same, although the tag is not the last one read",
    );
    assert.deepEqual([near.calls, far.calls], before);
  }),
);

test(
  "an edit costs one verification and one write on every node that gets it",
  inWorld(async (world) => {
    const peers = [await world.plainPeer(some), await world.plainPeer(some), await world.plainPeer(some)];
    const db = countingStore();
    const sharing = await world.sharingWith(
      peers.map(({ url }) => url),
      { db },
    );
    await share(sharing);
    const { calls } = db;
    const written = calls.written;
    const edited = record(some[7].data.uuid, { timestamp: some[7].data.timestamp + 1 });
    for (const peer of peers) peer.records = some.map((one, at) => (at === 7 ? edited : one));
    const { totals } = await share(sharing);
    assert.deepEqual([totals.verified, totals.replaced, totals.known + totals.kept], [1, 1, 899]);
    assert.equal(calls.written - written, 1);
  }),
);

test(
  "a refused record is not verified again, and an honest copy of it still passes",
  inWorld(async (world) => {
    const broken = some.map((one, at) => ({ ...one, signature: some[(at + 1) % some.length].signature }));
    const hostile = await world.plainPeer(broken);
    const sharing = await world.sharingWith([hostile.url]);
    assert.deepEqual((await share(sharing)).totals.rejected, { BAD_SIGNATURE: 300 });
    const again = await share(sharing);
    assert.deepEqual([again.totals.verified, again.totals.rejected], [0, { BAD_SIGNATURE: 300 }]);
    hostile.records = some;
    assert.equal((await share(sharing)).totals.inserted, 300);
  }),
);

test(
  "if eighteen of twenty peers hang, the round ends after one deadline with the records of the other two",
  inWorld(async (world) => {
    const bytes = { "hangs-before-headers": 0, "hangs-in-body": bytesBeforeHanging(some), "one-byte-a-second": 0 };
    const kinds = Object.keys(bytes);
    const hanging = {};
    for (let number = 0; number < 18; number += 1) {
      const kind = kinds[number % kinds.length];
      const { url } = await world.peer(kind, some);
      hanging[url] = bytes[kind];
    }
    const good = [await world.plainPeer(some.slice(0, 150)), await world.plainPeer(some.slice(150))];
    const urls = [...Object.keys(hanging), ...good.map(({ url }) => url)];
    const { fetch, shareBeside } = watchedFetch();
    const sharing = await world.sharingWith(urls, { fetch });
    const report = await shareBeside(hanging, sharing);
    for (const { url } of good) assert.equal(entryOf(report, url).outcome, "synced");
    assert.deepEqual(sorted(await heldBy(sharing)), sorted(some));
  }),
);

test(
  "an accept that hangs on one peer's records holds up no other peer's, and ends with its exchange",
  inWorld(async (world) => {
    const hostile = records(20, { prefix: "hostile", by: signer(5) });
    const [bad, good] = [await world.plainPeer(hostile), await world.plainPeer(some)];
    const accept = ({ data }) => (data.uuid.startsWith("hostile") ? new Promise(() => {}) : true);
    const sharing = await world.sharingWith([bad.url, good.url], { accept });
    const report = await shareUntilDeadline(sharing, some.length);
    assert.deepEqual(entryOf(report, bad.url).rejected, { NOT_ACCEPTED: 20 });
    assert.deepEqual(sorted(await heldBy(sharing)), sorted(some));
  }),
);

test(
  "a peer with more records than the time allows is not left alone while it sends new ones",
  inWorld(async (world) => {
    let rounds = 0;
    const body = () =>
      `[${some
        .slice(0, rounds)
        .map((one) => JSON.stringify(one))
        .join(",")},`;
    const slow = await world.server((_, response) => {
      response.writeHead(200, { "content-type": "application/json" }).write(body());
    });
    const { fetch, shareBeside } = watchedFetch();
    const sharing = await world.sharingWith([slow.url], { fetch });
    const shareOneMore = () => {
      rounds += 1;
      return shareBeside({ [slow.url]: Buffer.byteLength(body()) }, sharing);
    };
    for (let round = 1; round <= 4; round += 1) {
      const { code, inserted } = entryOf(await shareOneMore(), slow.url);
      assert.deepEqual([code, inserted], ["PEER_TIMEOUT", 1]);
    }
    assert.equal(sharing.status().peers[0].failures, 0);
    rounds = 0;
    for (let round = 1; round <= 3; round += 1) await shareOneMore();
    assert.equal(sharing.status().peers[0].failures, 3);
    assert.equal(entryOf(await share(sharing), slow.url).code, "BACKING_OFF");
  }),
);

test(
  "a fetch that ignores abort and never answers holds up no other peer",
  inWorld(async (world) => {
    const good = await world.plainPeer(some);
    const deaf = (url, init) => (String(url).includes("/192.0.2.") ? new Promise(() => {}) : fetch(url, init));
    const urls = [good.url, ...Array.from({ length: 9 }, (_, at) => `http://192.0.2.${at + 1}`)];
    const sharing = await world.sharingWith(urls, { fetch: deaf, allowPrivateNetworks: true });
    const report = await shareUntilDeadline(sharing, some.length);
    assert.equal(report.totals.inserted, 300);
    assert.equal(report.peers.filter(({ code }) => code === "PEER_TIMEOUT").length, 9);
  }),
);

test(
  "five hundred rounds with peers of all kinds do not grow the wasm memory",
  inWorld(async (world) => {
    let round = 0;
    const growing = await world.plainPeer([]);
    const kinds = [
      "express-send",
      "mixed-shapes",
      "html",
      "truncated-json",
      "empty-list",
      "no-list-at-all",
      "old-database",
      "stopped-task",
    ];
    const urls = [growing.url];
    for (const kind of kinds) urls.push((await world.peer(kind, some)).url);
    const sharing = await world.sharingWith(urls, { now: () => 1_800_000_000_000 + round * 600_000 });
    const bytes = () => glue.initSync().memory.buffer.byteLength;
    const edit = () => record("edited", { timestamp: 1_700_000_000_000 + round });
    let settled;
    for (; round < 500; round += 1) {
      growing.records = [edit(), { ...edit(), signature: some[round % 300].signature }];
      await share(sharing);
      if (round === 100) settled = bytes();
    }
    assert.equal(bytes(), settled);
  }),
);

test(
  "peers that had to wait for a slow database are not left alone for it",
  inWorld(async (world) => {
    const halves = [some.slice(0, 150), some.slice(150)];
    const peers = [await world.plainPeer(halves[0]), await world.plainPeer(halves[1])];
    const db = memoryStore();
    const { write } = db;
    db.write = async (entries) => {
      await nextTurn();
      letPass(0.7 * peerTimeoutMs);
      return write(entries);
    };
    const sharing = await world.sharingWith(
      peers.map(({ url }) => url),
      { db, storeTimeoutMs: peerTimeoutMs },
    );
    let report;
    for (let round = 1; round <= 8; round += 1) {
      report = await share(sharing);
      assert.deepEqual(
        sharing.status().peers.map(({ failures }) => failures),
        [0, 0],
      );
    }
    assert.deepEqual(
      report.peers.map(({ outcome }) => outcome),
      ["synced", "synced"],
    );
    assert.deepEqual(sorted(await heldBy(sharing)), sorted(some));
  }),
);
