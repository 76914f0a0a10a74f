// One round: all peers at once, deadlines and limits, conditions, and what is remembered between rounds.
import { letPass, peerTimeoutMs } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { createGzip } from "node:zlib";
import express5 from "express";
import express4 from "express4";
import { sendJson } from "../network/server.js";
import { asItems, isVerifiable, record, records, signer, sorted } from "./fixtures/records.js";
import { bytesBeforeHanging, watchedFetch } from "./fixtures/watched-fetch.js";
import { entryOf, heldBy, inWorld, share, taskId } from "./fixtures/world.js";

const some = records(3);

test(
  "all chosen peers are asked at once",
  inWorld(async (world) => {
    const waiting = [];
    const barrier = (_, response) => {
      waiting.push(response);
      if (waiting.length === 32) waiting.forEach((one) => sendJson(one, some));
    };
    const peers = await Promise.all(Array.from({ length: 32 }, () => world.server(barrier)));
    const report = await share(await world.sharingWith(peers.map(({ url }) => url)));
    assert.deepEqual(
      report.peers.map(({ outcome }) => outcome),
      peers.map(() => "synced"),
    );
    assert.equal(report.totals.inserted, 3);
  }),
);

test(
  "a call during a round returns that round's promise",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const { share: round } = await world.sharingWith([peer.url]);
    const first = round();
    assert.equal(round(), first);
    const report = await first;
    assert.equal(peer.requests.length, 1);
    assert.notEqual(await round(), report, "after its end a new round begins");
    assert.equal(peer.requests.length, 2);
  }),
);

for (const [name, express] of Object.entries({ "Express 4": express4, "Express 5": express5 })) {
  test(
    `an old peer on ${name} answers 304 the second time, and nothing is verified`,
    inWorld(async (world) => {
      let items = asItems(some);
      const app = express().get(`/task/${taskId}/linktree/all`, (_, response) => response.send(items));
      const peer = await world.server(app);
      const sharing = await world.sharingWith([peer.url]);
      const first = entryOf(await share(sharing), peer.url);
      assert.deepEqual([first.outcome, first.verified, first.inserted], ["synced", 3, 3]);

      const second = entryOf(await share(sharing), peer.url);
      assert.deepEqual([second.outcome, second.httpStatus, second.requests], ["unchanged", 304, 1]);
      assert.deepEqual([second.verified, second.offered, second.bytesReceived], [0, 0, 0]);

      items = asItems([...some, record("new")]);
      const third = entryOf(await share(sharing), peer.url);
      assert.deepEqual([third.outcome, third.verified, third.known, third.inserted], ["synced", 1, 3, 1]);
    }),
  );
}

test(
  "a node with the same records answers 304 even if it was never asked before",
  inWorld(async (world) => {
    const node = await world.node();
    const asker = await world.sharingWith([node.url]);
    for (const one of some) for (const holder of [node, asker]) assert.equal((await holder.put(one)).stored, true);
    const { outcome, httpStatus, bytesReceived } = entryOf(await share(asker), node.url);
    assert.deepEqual([outcome, httpStatus, bytesReceived], ["unchanged", 304, 0]);
  }),
);

test(
  "an empty node reports an empty peer as empty, and reads it once it has records",
  inWorld(async (world) => {
    const node = await world.node();
    const sharing = await world.sharingWith([node.url]);
    assert.equal(entryOf(await share(sharing), node.url).outcome, "empty");
    await node.put(some[0]);
    assert.equal(entryOf(await share(sharing), node.url).inserted, 1);
  }),
);

test(
  "a peer that has only /list is asked for it first from then on",
  inWorld(async (world) => {
    const peer = await world.peer("list-only", some);
    const sharing = await world.sharingWith([peer.url]);
    assert.equal(entryOf(await share(sharing), peer.url).requests, 2);
    assert.equal(entryOf(await share(sharing), peer.url).requests, 1);
    const paths = peer.requests.map(({ path }) => path.split("/").at(-1));
    assert.deepEqual(paths, ["all", "list", "list"]);
  }),
);

test(
  "what peers sent before their deadline is kept, and one deadline ends them all",
  inWorld(async (world) => {
    const slow = await world.peer("hangs-in-body", some);
    const silent = await world.peer("hangs-before-headers", some);
    const trickle = await world.peer("one-byte-a-second", some);
    const { fetch, shareBeside } = watchedFetch();
    const sharing = await world.sharingWith([slow.url, silent.url, trickle.url], { fetch });
    const hanging = { [slow.url]: bytesBeforeHanging(some), [silent.url]: 0, [trickle.url]: 0 };
    const report = await shareBeside(hanging, sharing);
    assert.deepEqual(
      report.peers.map(({ code }) => code),
      ["PEER_TIMEOUT", "PEER_TIMEOUT", "PEER_TIMEOUT"],
    );
    assert.equal(report.totals.inserted, 3);
  }),
);

test(
  "one deadline covers both paths of a peer",
  inWorld(async (world) => {
    const peer = await world.server((request, response) => {
      letPass(0.6 * peerTimeoutMs);
      if (request.url.endsWith("/all")) response.writeHead(404).end();
    });
    const report = await share(await world.sharingWith([peer.url]));
    const { code, requests } = entryOf(report, peer.url);
    assert.deepEqual([code, requests], ["PEER_TIMEOUT", 2]);
  }),
);

test(
  "a gzip bomb costs no more than maxBodyBytes",
  inWorld(async (world) => {
    const bomb = await world.server((_, response) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      const gzip = createGzip();
      gzip.pipe(response);
      gzip.write(JSON.stringify(some).slice(0, -1));
      gzip.end(Buffer.alloc(50_000_000, " "));
    });
    const report = await share(await world.sharingWith([bomb.url], { maxBodyBytes: 100_000 }));
    const { code, bytesReceived, inserted } = entryOf(report, bomb.url);
    assert.deepEqual([code, inserted], ["BODY_TOO_LARGE", 3]);
    assert.ok(bytesReceived < 1_000_000, `${bytesReceived} bytes were read`);
  }),
);

test(
  "a body of exactly maxBodyBytes and maxItems is read whole, and one with more of either is not",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const bytes = Buffer.byteLength(JSON.stringify(some));
    const outcomeWith = async (options) => {
      const { outcome, code, inserted } = entryOf(await share(await world.sharingWith([peer.url], options)), peer.url);
      return [outcome, code, inserted];
    };
    assert.deepEqual(await outcomeWith({ maxBodyBytes: bytes, maxItems: 3 }), ["synced", undefined, 3]);
    assert.deepEqual(await outcomeWith({ maxBodyBytes: bytes - 1 }), ["failed", "BODY_TOO_LARGE", 3]);
    assert.deepEqual(await outcomeWith({ maxItems: 2 }), ["failed", "TOO_MANY_ITEMS", 2]);
  }),
);

test(
  "a peer is cut off after maxRejected failed signatures, and its valid records are kept",
  inWorld(async (world) => {
    const forged = records(300, { prefix: "forged" }).map((one) => ({ ...one, signature: some[0].signature }));
    const peer = await world.plainPeer([...some, ...forged, record("after")]);
    const report = await share(await world.sharingWith([peer.url], { maxRejected: 100 }));
    const { code, inserted, rejected, verified } = entryOf(report, peer.url);
    assert.deepEqual([code, inserted], ["TOO_MANY_REJECTED", 3]);
    assert.ok(rejected.BAD_SIGNATURE > 100 && verified < 300, `${rejected.BAD_SIGNATURE} rejected, ${verified} verified`);
    const patient = await share(await world.sharingWith([peer.url], { maxRejected: 300 }));
    const { outcome, inserted: all } = entryOf(patient, peer.url);
    assert.deepEqual([outcome, all], ["synced", 4]);
  }),
);

test(
  "records without a signature do not count towards maxRejected",
  inWorld(async (world) => {
    const stripped = records(200, { prefix: "stripped" }).map(({ data }) => data);
    const peer = await world.plainPeer([...stripped, ...some]);
    const report = await share(await world.sharingWith([peer.url], { maxRejected: 0 }));
    const { outcome, inserted, rejected } = entryOf(report, peer.url);
    assert.deepEqual([outcome, inserted, rejected], ["synced", 3, { BAD_SHAPE: 200 }]);
  }),
);

test(
  "a bad signature is verified once, however many peers offer it",
  inWorld(async (world) => {
    const forged = { ...some[0], signature: some[1].signature };
    const peers = [await world.plainPeer([forged]), await world.plainPeer([forged])];
    const sharing = await world.sharingWith(peers.map(({ url }) => url));
    await share(sharing);
    const { totals } = await share(sharing);
    assert.deepEqual([totals.verified, totals.rejected], [0, { BAD_SIGNATURE: 2 }]);
    peers[0].records = [some[0]];
    assert.equal((await share(sharing)).totals.inserted, 1, "the honest record is not blocked");
  }),
);

test(
  "at most maxRecords records are held, and held ones can still be replaced",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const sharing = await world.sharingWith([peer.url], { maxRecords: 2 });
    const { totals } = await share(sharing);
    assert.deepEqual([totals.inserted, totals.rejected], [2, { STORE_FULL: 1 }]);
    const held = await heldBy(sharing);
    peer.records = held.map(({ data }) => record(data.uuid, { timestamp: data.timestamp + 1 }));
    assert.equal((await share(sharing)).totals.replaced, 2);
    assert.equal((await sharing.put(record("one more"))).code, "STORE_FULL");
  }),
);

test(
  "every item of any kind is counted once",
  inWorld(async (world) => {
    const old = record("edited");
    const edited = record("edited", { timestamp: old.data.timestamp + 5 });
    const { publicKey } = signer(2);
    const everything = [
      ...some,
      ...some,
      old,
      edited,
      old,
      null,
      7,
      [],
      { key: "x", value: null },
      { ...old, publicKey },
      { ...old, signature: "0" },
      record(""),
      record("no time", { timestamp: "1" }),
      record("dated ahead", { timestamp: Date.now() + 3_600_000 }),
    ];
    const peers = await Promise.all([0, 1, 2].map(() => world.plainPeer(everything)));
    const sharing = await world.sharingWith(peers.map(({ url }) => url));
    const { totals } = await share(sharing);
    assert.equal(totals.offered, 3 * everything.length);
    assert.equal(totals.inserted + totals.replaced >= 4, true);
    const held = await heldBy(sharing);
    assert.deepEqual(sorted(held), sorted([...some, edited]));
    assert.ok(held.every(isVerifiable));
  }),
);

test(
  "a body in one-byte pieces is read correctly",
  inWorld(async (world) => {
    const body = Buffer.from(`\ufeff${JSON.stringify([record("é🙂", { text: "日本\u2028" })], null, 1)}`);
    const peer = await world.server(async (_, response) => {
      for (const byte of body) if (!response.write(Uint8Array.of(byte))) await once(response, "drain");
      response.end();
    });
    assert.equal((await share(await world.sharingWith([peer.url]))).totals.inserted, 1);
  }),
);
