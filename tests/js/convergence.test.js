// Nodes agree which records are valid and which of two stays, and end with the same set.
import { bytesBeforeHanging, watchedFetch } from "./fixtures/watched-fetch.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import bs58 from "bs58";
import { verifyRecord } from "../../js/index.js";
import { asItems, isVerifiable, record, records, seeded, signed, signer, sorted } from "./fixtures/records.js";
import { entryOf, heldBy, inWorld, share } from "./fixtures/world.js";

const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const ethereum = `0x${"52908400098527886E0F7030069857D2E4169EE7"}`;
const strip = ({ data }) => data;

/** The record with the group order added to the S of its signature: as a relay can do without the key. */
function relayed(one, times = 1n) {
  const bytes = Buffer.from(bs58.decode(one.signature));
  const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString("hex")}`) + times * GROUP_ORDER;
  Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse().copy(bytes, 32);
  return { ...one, signature: bs58.encode(bytes) };
}

test(
  "valid records among invalid ones of every kind are kept, whatever shape they come in",
  inWorld(async (world) => {
    const good = records(6);
    const [victim] = good;
    const bad = [
      strip(victim),
      { key: "linktree:x", value: strip(victim) },
      { ...victim, publicKey: ethereum },
      { ...record("tampered"), data: { ...record("tampered").data, linktree: ["evil"] } },
      { ...victim, signature: "not base58 0OIl" },
      { ...victim, data: { ...victim.data, timestamp: victim.data.timestamp + 1 } },
    ];
    const badItems = bad.map((one) => ({ key: "linktree:x", value: one }));
    const mixed = [...bad, ...good.slice(0, 3), ...asItems(good.slice(3)), ...badItems];
    const peer = await world.plainPeer(mixed);
    const sharing = await world.sharingWith([peer.url]);
    const { outcome, inserted, rejected } = entryOf(await share(sharing), peer.url);
    assert.deepEqual([outcome, inserted], ["synced", 6]);
    assert.equal(rejected.UNSUPPORTED_KEY, 2);
    const held = await heldBy(sharing);
    assert.deepEqual(sorted(held), sorted(good));
    assert.ok(held.every(isVerifiable));
  }),
);

test(
  "a stranger's record with the victim's uuid displaces no record",
  inWorld(async (world) => {
    const victims = record("the uuid", { timestamp: 5 });
    const strangers = record("the uuid", { timestamp: 9, by: signer(2) });
    for (const list of [
      [victims, strangers],
      [strangers, victims],
    ]) {
      const peer = await world.plainPeer(list);
      const sharing = await world.sharingWith([peer.url]);
      await share(sharing);
      assert.deepEqual(sorted(await heldBy(sharing)), sorted([victims, strangers]));
    }
  }),
);

test(
  "of two records of one slot the newer stays, whichever came first",
  inWorld(async (world) => {
    const [older, newer] = [record("one", { timestamp: 5 }), record("one", { timestamp: 6 })];
    const peer = await world.plainPeer([]);
    for (const [first, second] of [
      [older, newer],
      [newer, older],
    ]) {
      const sharing = await world.sharingWith([peer.url]);
      peer.records = [first];
      await share(sharing);
      peer.records = [second];
      const { replaced, kept } = entryOf(await share(sharing), peer.url);
      assert.deepEqual([replaced, kept], first === older ? [1, 0] : [0, 1]);
      assert.deepEqual(await heldBy(sharing), [newer]);
    }
  }),
);

test(
  "of two records of one slot with the same time all nodes keep the same one",
  inWorld(async (world) => {
    const twins = [record("one", { text: "a" }), record("one", { text: "b" }), record("one", { text: "c" })];
    const kept = new Set();
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      const sharing = await world.sharingWith([(await world.plainPeer(order.map((at) => twins[at]))).url]);
      await share(sharing);
      kept.add(JSON.stringify(await heldBy(sharing)));
    }
    const winner = twins.reduce((best, one) => (verifyRecord(one).version > verifyRecord(best).version ? one : best));
    assert.deepEqual([...kept], [JSON.stringify([winner])]);
  }),
);

test(
  "unsigned fields are kept as first received, up to 1 KiB, and never cause a write",
  inWorld(async (world) => {
    const [small, large, plain] = records(3);
    const withFields = { ...small, username: "é", extra: [1, null, { a: "b" }] };
    const fits = { ...plain, filler: "x".repeat(1024 - JSON.stringify({ filler: "" }).length) };
    const peer = await world.plainPeer([withFields, { ...large, filler: "x".repeat(1024) }, fits]);
    const sharing = await world.sharingWith([peer.url]);
    await share(sharing);
    assert.deepEqual(sorted(await heldBy(sharing)), sorted([withFields, large, fits]));
    peer.records = [small, { ...large, username: "later" }, { ...plain, username: "other" }];
    const { known, replaced, inserted, verified } = entryOf(await share(sharing), peer.url);
    assert.deepEqual([known, replaced, inserted, verified], [3, 0, 0, 0]);
    assert.deepEqual(sorted(await heldBy(sharing)), sorted([withFields, large, fits]));
  }),
);

test(
  "a signature with the group order added counts as the same signature, and is stored reduced",
  inWorld(async (world) => {
    const [one, other] = records(2);
    const peer = await world.plainPeer([relayed(one)]);
    const sharing = await world.sharingWith([peer.url]);
    assert.equal(verifyRecord(relayed(one)).ok, true);
    assert.equal(entryOf(await share(sharing), peer.url).inserted, 1);
    assert.deepEqual(await heldBy(sharing), [one]);
    const forged = relayed({ ...other, signature: one.signature });
    peer.records = [one, relayed(one), relayed(one, 2n), relayed(one, 3n), forged];
    const { known, verified, rejected } = entryOf(await share(sharing), peer.url);
    assert.deepEqual([known, verified, rejected], [4, 1, { BAD_SIGNATURE: 1 }]);
  }),
);

test(
  "a hostile peer that sends every record first with a broken signature blocks none of them",
  inWorld(async (world) => {
    const good = records(5);
    const hostile = await world.plainPeer(good.map((one, at) => ({ ...one, signature: good[(at + 1) % 5].signature })));
    const service = await world.list([hostile.url]);
    const sharing = world.sharing({ serviceUrl: service.url });
    assert.deepEqual((await share(sharing)).totals.rejected, { BAD_SIGNATURE: 5 });
    const honest = await world.plainPeer(good);
    service.nodes = [hostile.url, honest.url];
    assert.equal(entryOf(await share(sharing), honest.url).inserted, 5);
  }),
);

test(
  "a record that waits in a peer's batch is stored even if that peer is cut off",
  inWorld(async (world) => {
    const good = records(3);
    const cut = await world.peer("hangs-in-body", good);
    const whole = await world.peer("seed-style", good);
    const { fetch, shareBeside } = watchedFetch();
    const sharing = await world.sharingWith([cut.url, whole.url], { fetch });
    await shareBeside({ [cut.url]: bytesBeforeHanging(good) }, sharing);
    assert.deepEqual(sorted(await heldBy(sharing)), sorted(good));
  }),
);

/** What any node must hold after it saw all of these: for each slot the greatest version that verifies. */
function expectedOf(seen, nowMs) {
  const bySlot = new Map();
  for (const one of seen) {
    const verdict = verifyRecord(one, { now: nowMs });
    if (!verdict.ok) continue;
    const held = bySlot.get(verdict.key);
    if (held === undefined || verdict.version > held.version) bySlot.set(verdict.key, { ...verdict, one });
  }
  return [...bySlot.values()].map(({ one }) => one);
}

/** Offers of random slots, times and contents by a few signers, some of them forged, in a few rounds. */
function randomOffer(below, nowMs) {
  const by = signer(1 + below(3));
  const uuid = `slot ${below(4)}`;
  const one = signed({ uuid, timestamp: nowMs - below(5), text: `text ${below(3)}` }, by);
  const forged = [
    { ...one, publicKey: signer(1 + below(3)).publicKey },
    { ...one, data: { ...one.data, text: "forged" } },
    { ...one, username: `user ${below(3)}` },
    signed({ ...one.data, timestamp: nowMs * 2 }, by),
    { data: one.data },
    relayed(one),
    one,
    one,
    one,
  ];
  return forged[below(forged.length)];
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(
    `three nodes that get different records end with the same set (seed ${seed})`,
    inWorld(async (world) => {
      const below = seeded(seed);
      const nowMs = Date.now();
      const sources = await Promise.all([0, 1, 2].map(() => world.plainPeer([])));
      const service = await world.list([]);
      const nodes = await Promise.all(sources.map(({ url }) => world.node({ serviceUrl: service.url, peers: [url] })));
      service.nodes = nodes.map(({ url }) => url);
      const seen = [];
      for (let round = 0; round < 4; round += 1) {
        for (const source of sources) {
          source.records = Array.from({ length: below(12) }, () => randomOffer(below, nowMs));
          seen.push(...source.records);
        }
        const mine = randomOffer(below, nowMs);
        seen.push(mine);
        await nodes[below(3)].put(mine);
        for (const at of [below(3), below(3)]) await share(nodes[at]);
        await Promise.all(nodes.map(share));
      }
      for (const source of sources) source.records = [];
      for (let round = 0; round < 3; round += 1) await Promise.all(nodes.map(share));

      const [digest, ...others] = nodes.map(({ status }) => status().digest);
      assert.deepEqual(others, [digest, digest]);
      const signedParts = (list) => sorted(list.map(({ data, publicKey }) => ({ data, publicKey })));
      for (const node of nodes) {
        const held = await heldBy(node);
        assert.deepEqual(signedParts(held), signedParts(expectedOf(seen, nowMs)));
        assert.ok(held.every(isVerifiable), "each stored record has its signature, and it verifies");
      }
      const { totals } = await share(nodes[0]);
      assert.equal(totals.verified, 0, "in a quiet network nothing is verified");
    }),
  );
}
