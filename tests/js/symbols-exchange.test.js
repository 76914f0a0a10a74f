// Symbols in JavaScript on both sides: what a difference costs, and that both sets are equal afterwards.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SymbolsClient } from "../symbols-js/client.js";
import { symbolsPeer } from "../symbols-js/peer.js";
import { RecordSet } from "../symbols-js/record-set.js";
import { BASE_MS, asItems, signer, sorted } from "./fixtures/records.js";
import { sendJson, serve } from "../network/server.js";

const taskId = "ä task";
const { publicKey } = signer(1);

/** Records whose signatures nobody looks at. */
const unsigned = (uuid, more) => ({ data: { uuid, timestamp: BASE_MS, ...more }, publicKey, signature: "unsigned" });
const many = Array.from({ length: 10_000 }, (_, number) => unsigned(`record ${number}`, { number }));

/** A test body that gets a peer with these records, which is closed afterwards. */
async function withPeer(options, body) {
  const peer = await symbolsPeer({ taskId, ...options });
  try {
    await body(peer);
  } finally {
    await peer.close();
  }
}

/** The same records with this many adds, edits and removals, in equal parts. */
function changed(count) {
  const [edits, removals] = [Math.ceil(count / 3), Math.floor(count / 3)];
  const edit = ({ data }) => unsigned(data.uuid, { text: "edited", timestamp: BASE_MS + 60_000 });
  const adds = Array.from({ length: count - edits - removals }, (_, number) => unsigned(`new ${number}`));
  return [...many.slice(0, edits).map(edit), ...many.slice(edits + removals), ...adds];
}

/** A set with all that either has, the greatest of each key. */
const union = (...lists) => sorted(RecordSet.of(lists.flat()).records);

const costs = { 0: [0, 0], 1: [1, 300], 10: [2, 700], 100: [5, 5_000], 1_000: [6, 40_000] };

for (const [count, [mostBodies, mostBytes]] of Object.entries(costs)) {
  for (const isAudit of [false, true]) {
    test(`${count} differences in 10 000 records are found${isAudit ? " by an audit" : ""}`, async () => {
      const theirs = changed(Number(count));
      await withPeer({ records: theirs }, async (peer) => {
        const client = new SymbolsClient({ taskId, set: RecordSet.of(many) });
        const report = await client.exchange(peer.url, { isAudit });
        assert.deepEqual(sorted(client.set.records), union(many, theirs));
        const { symbols = { requests: 0, bytes: 0 }, json } = peer.sums();
        assert.equal(json, undefined);
        const views = isAudit ? 2.2 : 1;
        assert.ok(symbols.requests <= views * mostBodies && symbols.bytes <= views * mostBytes, JSON.stringify(peer.sums()));
        assert.deepEqual(report.requests.sum("symbols"), symbols);
        assert.equal((await client.exchange(peer.url, { isAudit })).outcome, "unchanged");
      });
    });
  }
}

const few = many.slice(0, 300);
const newer = ({ data }, text) => unsigned(data.uuid, { text, timestamp: data.timestamp + 60_000 });

/** A test body that gets a client which holds `few`, and a peer with an edit of each of the first 100. */
function withBoth(options, body) {
  const theirs = [...few.slice(0, 100).map((one) => newer(one, "edited")), ...few.slice(100)];
  const clock = { nowMs: 0 };
  const client = new SymbolsClient({ taskId, set: RecordSet.of(few), now: () => clock.nowMs });
  return withPeer({ records: theirs, ...options }, (peer) => body({ client, peer, theirs, clock }));
}

test("a client without records, or with few, reads a list", async () => {
  for (const own of [[], few.slice(0, 20)]) {
    await withPeer({ records: few }, async (peer) => {
      const client = new SymbolsClient({ taskId, set: RecordSet.of(own) });
      assert.equal((await client.exchange(peer.url)).how, "json");
      assert.deepEqual(sorted(client.set.records), sorted(few));
      assert.equal((await client.exchange(peer.url)).outcome, "unchanged");
    });
  }
});

test("a peer that does not know symbols is read as a list", async () => {
  const peer = await serve((_, response) => sendJson(response, asItems(few)));
  try {
    const client = new SymbolsClient({ taskId, set: RecordSet.of(few.slice(5)) });
    const { how, requests } = await client.exchange(peer.url);
    assert.deepEqual([how, requests.made.length], ["json", 1]);
    assert.deepEqual(sorted(client.set.records), sorted(few));
  } finally {
    await peer.close();
  }
});

test("a peer with the other identity is reported and read as a list", () =>
  withBoth({ identity: "owner", records: few.slice(0, 1).map((one) => newer(one, "edited")) }, async ({ client, peer }) => {
    const { how, code, requests } = await client.exchange(peer.url);
    assert.deepEqual([how, code, requests.made.length], ["json", "PEER_DIFFERS", 2]);
  }));

for (const kind of ["symbols", "records"]) {
  test(`a peer whose answers of ${kind} fail is read as a list, and asked for nothing else for an hour`, () => {
    const isOpening = ({ request }) => request.url.endsWith("/all");
    const fails = { status: 500, headers: {}, body: Buffer.from("no") };
    const replace = (answer, context) => (answer.kind === kind && !isOpening(context) ? fails : answer);
    return withBoth({ replace }, async ({ client, peer, theirs, clock }) => {
      assert.equal((await client.exchange(peer.url)).how, "json");
      assert.deepEqual(sorted(client.set.records), sorted(theirs));
      const asksForSymbols = async () => {
        await client.exchange(peer.url);
        return /symbols/.test(peer.served.at(-1).headers.accept);
      };
      clock.nowMs = 3_599_999;
      assert.equal(await asksForSymbols(), false);
      clock.nowMs = 3_600_000;
      assert.equal(await asksForSymbols(), true);
    });
  });
}

test("a set that changes between two parts is asked for anew, and one that always changes is read as a list", () => {
  let changes = 1;
  const replace = (answer, { set, request }) => {
    if (request.url.endsWith("/all") && changes > 0) set.put(unsigned(`meanwhile ${(changes -= 1)}`));
    return answer;
  };
  return withBoth({ replace }, async ({ client, peer }) => {
    assert.equal((await client.exchange(peer.url)).how, "symbols");
    assert.deepEqual(sorted(client.set.records), sorted(peer.set.records));
    const restarted = peer.served.filter(({ url }) => url.includes("view=0&from=0&"));
    assert.equal(restarted.length, 1);

    peer.replace = (answer, { served }) => ({ ...answer, headers: { ...answer.headers, etag: `W/"1s-${served.length}"` } });
    const another = new SymbolsClient({ taskId, set: RecordSet.of(few) });
    const { how, views, requests } = await another.exchange(peer.url);
    assert.deepEqual([how, views, requests.sum("symbols").requests], ["json", ["too much"], 6]);
  });
});

test("two versions that view 0 cannot tell apart are found in view 1", () => {
  const [one] = few;
  const twin = (number) => unsigned(one.data.uuid, { text: number, timestamp: one.data.timestamp + 1 });
  const own = RecordSet.of(few);
  const h = own.value(own.elements(0)[0][0], 0);
  let number = 0;
  while (RecordSet.of([twin(number)]).elements(0)[0][1] !== h) number += 1;
  return withBoth({ records: [twin(number), ...few.slice(1)] }, async ({ client, peer }) => {
    const { how, views } = await client.exchange(peer.url);
    assert.deepEqual([how, views], ["symbols", ["whole", "whole"]]);
    assert.deepEqual(sorted(client.set.records), sorted(peer.set.records));
  });
});

test("what is left out of the answer is not taken for settled: the peer is asked again", () => {
  const replace = (answer) => (answer.kind === "records" ? { ...answer, body: Buffer.from("[]") } : answer);
  return withBoth({ replace }, async ({ client, peer, theirs }) => {
    for (const round of ["first", "second"]) assert.equal((await client.exchange(peer.url)).outcome, "synced", round);
    peer.replace = (answer) => answer;
    await client.exchange(peer.url);
    assert.deepEqual(sorted(client.set.records), sorted(theirs));
  });
});
