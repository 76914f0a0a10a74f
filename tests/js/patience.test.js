// Slow peers over real connections: an exchange with one outlives its round, counts once, and ends with stop().
import { letPass } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { nodeFetch } from "../../js/http.js";
import { createSharing } from "../../js/slim.js";
import { memoryStore } from "../../js/stores/memory.js";
import { sendJson } from "../network/server.js";
import { trapNow } from "./fixtures/arm.js";
import { records, sorted } from "./fixtures/records.js";
import { entryOf, heldBy, inWorld, nextTurn, share, taskId, until } from "./fixtures/world.js";

/** Not real time: a test lets it pass. */
const peerTimeoutMs = 30_000;
const some = records(5);
const transports = { nodeFetch: nodeFetch(), "the global fetch": (...args) => fetch(...args) };

/** A peer of which each request waits in `waiting` until the test answers it. */
async function slowPeer(world) {
  const waiting = [];
  const peer = await world.server((_, response) => waiting.push(response));
  return Object.assign(peer, { waiting });
}

/** A round in which the usual deadline passes, as soon as this many of the peer's requests wait and these records are held. */
async function roundOver(sharing, { waiting }, requests, held = 0) {
  const round = share(sharing);
  await until(() => waiting.length === requests && (sharing.status().records ?? 0) >= held);
  letPass(peerTimeoutMs);
  return round;
}

for (const [name, fetch] of Object.entries(transports)) {
  test(
    `by ${name}: an exchange with a slow peer ends after its round and counts in the next report`,
    inWorld(async (world) => {
      const peer = await slowPeer(world);
      const sharing = await world.sharingWith([peer.url], { fetch, peerTimeoutMs });
      assert.equal(entryOf(await roundOver(sharing, peer, 1), peer.url).code, "PEER_TIMEOUT");

      const without = entryOf(await roundOver(sharing, peer, 2), peer.url);
      assert.deepEqual([without.outcome, without.code], ["skipped", "PEER_SLOW"]);
      assert.match(without.message, /^being asked for 30 s already, with a deadline of 1 min\b/);
      const meanwhile = entryOf(await share(sharing), peer.url);
      assert.deepEqual([meanwhile.outcome, meanwhile.code, meanwhile.requests], ["skipped", "PEER_SLOW", 0]);
      assert.equal(peer.requests.length, 2, "one exchange with it runs at a time");

      sendJson(peer.waiting[1], some);
      await until(() => sharing.status().records === some.length);
      assert.equal(entryOf(await shareWhenEnded(sharing, peer.url), peer.url).inserted, some.length);
      assert.deepEqual(sorted(await heldBy(sharing)), sorted(some));
      assert.equal(sharing.status().peers[0].failures, 0);

      await roundOver(sharing, peer, 3);
      assert.equal(peer.waiting.length, 3, "afterwards its deadline is the usual one");
      assert.match(sharing.status().lastReport.peers[0].message, /longer than 30 s \(peerTimeoutMs\)$/);
    }),
  );

  test(
    `by ${name}: the longer deadline of a slow peer ends too`,
    inWorld(async (world) => {
      const peer = await slowPeer(world);
      const sharing = await world.sharingWith([peer.url], { fetch, peerTimeoutMs });
      await roundOver(sharing, peer, 1);
      await roundOver(sharing, peer, 2);
      letPass(peerTimeoutMs);
      const late = entryOf(await shareWhenEnded(sharing, peer.url), peer.url);
      assert.deepEqual([late.outcome, late.code], ["failed", "PEER_TIMEOUT"]);
      assert.match(late.message, /longer than 1 min \(more than peerTimeoutMs, after earlier time-outs\)$/);
      assert.equal(sharing.status().peers[0].failures, 2);
    }),
  );

  test(
    `by ${name}: stop() ends the exchange, which does not count as a failure of the peer`,
    inWorld(async (world) => {
      const peer = await slowPeer(world);
      const sharing = await world.sharingWith([peer.url], { fetch, peerTimeoutMs });
      await roundOver(sharing, peer, 1);
      await roundOver(sharing, peer, 2);
      const closed = once(peer.waiting[1], "close");
      await sharing.stop();
      await closed;
      assert.equal(sharing.status().peers[0].failures, 1);

      const next = share(sharing);
      await until(() => peer.waiting.length === 3);
      sendJson(peer.waiting[2], some);
      const entry = entryOf(await next, peer.url);
      assert.deepEqual([entry.outcome, entry.inserted], ["synced", some.length]);
    }),
  );
}

/** A promise and the function that resolves it. */
function gate() {
  let resolve;
  const promise = new Promise((given) => (resolve = given));
  return { promise, resolve };
}

/** Shares until the exchange with the peer has ended: how soon that is depends on the machine. */
async function shareWhenEnded(sharing, url) {
  for (;;) {
    const report = await share(sharing);
    if (entryOf(report, url).code !== "PEER_SLOW") return report;
  }
}

test(
  "a slow peer that answers within a round counts in that round",
  inWorld(async (world) => {
    const peer = await slowPeer(world);
    const other = await world.plainPeer(some.slice(1));
    const sharing = await world.sharingWith([peer.url, other.url], { peerTimeoutMs });
    await roundOver(sharing, peer, 1, some.length - 1);
    const round = share(sharing);
    await until(() => peer.waiting.length === 2);
    sendJson(peer.waiting[1], some);
    const report = await round;
    assert.deepEqual([entryOf(report, peer.url).outcome, entryOf(report, peer.url).inserted], ["synced", 1]);
  }),
);

test(
  "stop() waits for a write under way",
  inWorld(async (world) => {
    const peer = await slowPeer(world);
    const store = memoryStore();
    const [writing, written] = [gate(), gate()];
    const db = { ...store, write: (entries) => (writing.resolve(), written.promise.then(() => store.write(entries))) };
    const sharing = await world.sharingWith([peer.url], { db, peerTimeoutMs });
    await roundOver(sharing, peer, 1);
    await roundOver(sharing, peer, 2);
    sendJson(peer.waiting[1], some);
    await writing.promise;
    let isOver = false;
    const stopping = sharing.stop().then(() => (isOver = true));
    for (let turns = 0; turns < 10; turns += 1) await nextTurn();
    assert.equal(isOver, false);
    written.resolve();
    await stopping;
    assert.deepEqual(sorted(await heldBy(sharing)), sorted(some));
  }),
);

test(
  "a trap ends an exchange that outlives its round, and the next round shares",
  inWorld(async (world) => {
    const peer = await slowPeer(world);
    const service = await world.list([peer.url]);
    const sharing = createSharing({ taskId, serviceUrl: service.url, db: memoryStore(), logger: null, peerTimeoutMs });
    await roundOver(sharing, peer, 1);
    await roundOver(sharing, peer, 2);
    const closed = once(peer.waiting[1], "close");
    trapNow();
    await closed;
    const next = share(sharing);
    await until(() => peer.waiting.length === 3);
    sendJson(peer.waiting[2], some);
    assert.equal(entryOf(await next, peer.url).inserted, some.length);
    await sharing.stop();
  }),
);

test(
  "by nodeFetch such an exchange does not keep a process alive",
  inWorld(async (world) => {
    const service = await world.server((request, response) => {
      if (request.url.startsWith("/nodes/")) sendJson(response, [{ data: { url: service.url } }]);
    });
    const script = fileURLToPath(new URL("fixtures/outliving-process.js", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ["--no-warnings", script, service.url]);
    assert.equal(stdout, "PEER_TIMEOUT\nPEER_SLOW\n1 failed\n");
  }),
);
