// A node's rounds with peers that speak symbols, honest and hostile ones.
import { letPass } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import { contentType, encodeBody } from "../symbols-js/body.js";
import { RecordSet } from "../symbols-js/record-set.js";
import { BASE_MS, record, records, signer, sorted } from "./fixtures/records.js";
import { cut, hanging, lying, malformed, refusing, shareUntilStuck, symbolsPeerIn } from "./fixtures/symbols-peers.js";
import { entryOf, heldBy, inWorld, share } from "./fixtures/world.js";

const MINUTE_MS = 60_000;
const many = records(10_000);
const few = many.slice(0, 300);
const edited = ({ data }, atMs = BASE_MS + 60_000) => record(data.uuid, { timestamp: atMs, edited: true });

/** A Sharing that holds these records and asks these peers. */
async function holding(world, list, peers, options) {
  const sharing = await world.sharingWith(
    peers.map(({ url }) => url),
    options,
  );
  for (const { stored } of await sharing.putMany(list)) assert.equal(stored, true);
  return sharing;
}

const union = (...lists) => sorted(RecordSet.of(lists.flat()).records);

/** Asserts that a Sharing holds the greatest of each key in these lists. */
async function assertHolds(sharing, ...lists) {
  assert.equal(sharing.status().records, RecordSet.of(lists.flat()).size);
  assert.deepEqual(sorted(await heldBy(sharing)), union(...lists));
}

/** How many requests of a kind a peer was sent, and the bytes that it answered. */
const sumOf = (peer, kind) => peer.sums()[kind] ?? { requests: 0, bytes: 0 };
const requestsOf = (peer) => Object.fromEntries(Object.entries(peer.sums()).map(([kind, { requests }]) => [kind, requests]));

/** The peer that was audited comes last: it was asked for view 1. */
function auditedLast(peers) {
  const isAudited = ({ served }) => served.some(({ url }) => url.includes("view=1"));
  const sortedPeers = [...peers].sort((one, other) => isAudited(one) - isAudited(other));
  assert.equal(peers.filter(isAudited).length, 1, "one peer of a round is audited");
  return sortedPeers;
}

/** No honest node sends what is refused, or asks for a list where symbols serve. */
function assertOnlySymbols(peers) {
  for (const peer of peers) {
    const { bad, json, none } = peer.sums();
    assert.deepEqual([bad, json, none], [undefined, undefined, undefined], JSON.stringify(peer.served));
  }
}

/** The second round of peers that have not changed: one request, answered 304. */
async function assertQuiet(sharing, peers) {
  for (const peer of peers) peer.served.length = 0;
  const report = await share(sharing);
  for (const peer of peers) {
    const { outcome, httpStatus, requests, bytesReceived } = entryOf(report, peer.url);
    assert.deepEqual([outcome, httpStatus, requests, bytesReceived], ["unchanged", 304, 1, 0]);
    assert.deepEqual(requestsOf(peer), { unchanged: 1 });
    assert.match(peer.served[0].headers.accept, /application\/vnd\.dbsharing\.symbols;count=\d+, \*\/\*;q=0\.1/);
  }
}

test(
  "one difference among 10 000 records costs two requests and 300 bytes, and is audited at one peer of a round",
  inWorld(async (world) => {
    const only = [0, 1, 2].map((number) => record(`only ${number}`));
    const peers = [];
    for (const one of only) peers.push(await symbolsPeerIn(world, { records: [...many, one] }));
    const sharing = await holding(world, many, peers);
    const report = await share(sharing);
    await assertHolds(sharing, many, only);
    assert.equal(report.totals.inserted, 3);
    assertOnlySymbols(peers);
    for (const peer of peers) {
      const { outcome, requests } = entryOf(report, peer.url);
      assert.deepEqual([outcome, requests], ["synced", peer.served.length]);
    }
    const audited = auditedLast(peers).pop();
    for (const peer of peers.filter((one) => one !== audited)) {
      assert.deepEqual(requestsOf(peer), { symbols: 1, records: 1 });
      assert.ok(sumOf(peer, "symbols").bytes <= 300, `${sumOf(peer, "symbols").bytes} bytes`);
    }
    assert.ok(sumOf(audited, "symbols").requests <= 3, JSON.stringify(requestsOf(audited)));
    assert.equal(sumOf(audited, "records").requests, 1);
    await assertQuiet(sharing, peers);
  }),
);

test(
  "an edit replaces, and what the peer has in an older version is asked for by the audit alone",
  inWorld(async (world) => {
    const edits = few.slice(0, 3).map((one) => edited(one));
    const newer = await symbolsPeerIn(world, { records: [...few.slice(3), ...edits] });
    const sharing = await holding(world, few, [newer]);
    assert.equal(entryOf(await share(sharing), newer.url).replaced, 3);
    await assertHolds(sharing, few, edits);

    const peers = [];
    for (let number = 0; number < 2; number += 1) peers.push(await symbolsPeerIn(world, { records: few }));
    const holder = await holding(world, [...edits, ...few.slice(3)], peers);
    await share(holder);
    await assertHolds(holder, few, edits);
    assertOnlySymbols(peers);
    const [believed, audited] = auditedLast(peers);
    assert.deepEqual(requestsOf(believed), { symbols: 1 });
    assert.equal(sumOf(audited, "records").requests, 1);
    await assertQuiet(holder, [believed]);
  }),
);

// View 0 cannot tell which of two versions is newer if they are dated within the same 1 024 ms.
for (const [title, laterMs] of [
  ["a millisecond", 1],
  ["a minute", 60_000],
]) {
  test(
    `after edits on both sides, each ${title} later, neither an exchange nor the audit asks for what was held before`,
    inWorld(async (world) => {
      const edit = (from, end) => many.slice(from, end).map((one) => edited(one, one.data.timestamp + laterMs));
      const theirs = edit(0, 100);
      const peer = await symbolsPeerIn(world, { records: [...theirs, ...many.slice(100)] });
      const sharing = await holding(world, many, [peer]);
      await share(sharing); // from the first exchange on, sums are kept
      const [ours, newer] = [edit(200, 300), edit(300, 400)];
      peer.set = RecordSet.of([...theirs, ...many.slice(100, 300), ...newer, ...many.slice(400)]);
      await sharing.putMany(ours);
      peer.served.length = 0;
      const { replaced, offered, differs } = entryOf(await share(sharing), peer.url);
      assert.deepEqual([replaced, offered, differs], [100, 100, 200]);
      await assertHolds(sharing, many, theirs, ours, newer);
      assert.equal(auditedLast([peer]).length, 1);
      assert.equal(sumOf(peer, "records").requests, 1);
    }),
  );
}

for (const count of [100, 1_000]) {
  test(
    `${count} differences in 10 000 records are fetched by their ids`,
    inWorld(async (world) => {
      const third = Math.floor(count / 3);
      const edits = many.slice(0, third).map((one) => edited(one));
      const theirs = [...edits, ...many.slice(2 * third), ...records(count - 2 * third, { prefix: "new" })];
      const peers = [];
      for (let number = 0; number < 2; number += 1) peers.push(await symbolsPeerIn(world, { records: theirs }));
      const sharing = await holding(world, many, peers);
      const report = await share(sharing);
      await assertHolds(sharing, many, theirs);
      assert.deepEqual([report.totals.inserted, report.totals.replaced], [count - 2 * third, third]);
      assertOnlySymbols(peers);
      const [believed, audited] = auditedLast(peers);
      assert.ok(sumOf(believed, "symbols").requests <= 6);
      assert.ok(sumOf(believed, "symbols").bytes <= 80 * 6 + 40 * count, JSON.stringify(believed.sums()));
      assert.ok(sumOf(audited, "symbols").requests <= 12);
      assert.ok(sumOf(audited, "symbols").bytes <= 80 * 12 + 160 * count, JSON.stringify(audited.sums()));
      await assertQuiet(sharing, peers);
    }),
  );
}

test(
  "more than a thousand records are asked for in several lots",
  inWorld(async (world) => {
    const peer = await symbolsPeerIn(world, { records: many.slice(0, 5_500) });
    const sharing = await holding(world, many.slice(0, 3_000), [peer]);
    assert.equal(entryOf(await share(sharing), peer.url).inserted, 2_500);
    await assertHolds(sharing, many.slice(0, 5_500));
    assertOnlySymbols([peer]);
    assert.equal(sumOf(peer, "records").requests, 3);
    await assertQuiet(sharing, [peer]);
  }),
);

test(
  "a node without records, or with few, reads a list, and is quiet from then on",
  inWorld(async (world) => {
    for (const own of [[], few.slice(0, 30)]) {
      const peer = await symbolsPeerIn(world, { records: few });
      const sharing = await holding(world, own, [peer]);
      assert.equal(entryOf(await share(sharing), peer.url).inserted, few.length - own.length);
      await assertHolds(sharing, few);
      assert.deepEqual([sumOf(peer, "json").requests, sumOf(peer, "records").requests], [1, 0]);
      assert.ok(sumOf(peer, "symbols").requests <= 2, "the answer that told how many there are, in one view or both");
      await assertQuiet(sharing, [peer]);
    }
  }),
);

test(
  "records with one id are both fetched, and one that a peer lacks of them stays",
  inWorld(async (world) => {
    const alike = [record("alike 37580"), record("alike 60448")];
    const peer = await symbolsPeerIn(world, { records: [...few, ...alike] });
    const other = await symbolsPeerIn(world, { records: [...few, alike[1]] });
    const sharing = await holding(world, [...few, alike[0]], [peer, other]);
    assert.equal((await share(sharing)).totals.inserted, 1);
    await assertHolds(sharing, few, alike);
  }),
);

test(
  "two versions that view 0 cannot tell apart are found all the same",
  inWorld(async (world) => {
    const [one, ...others] = few;
    const value = (a) => RecordSet.of([a]).elements(0)[0][1];
    const twin = (number) => record(one.data.uuid, { timestamp: one.data.timestamp + 1, number });
    let number = 0;
    while (value(twin(number)) !== value(one)) number += 1;
    const peer = await symbolsPeerIn(world, { records: [twin(number), ...others] });
    const sharing = await holding(world, few, [peer]);
    assert.equal(entryOf(await share(sharing), peer.url).replaced, 1);
    assertOnlySymbols([peer]);
    await assertQuiet(sharing, [peer]);
  }),
);

test(
  "a peer whose set changes during the discovery is still read whole",
  inWorld(async (world) => {
    const theirs = [...few.slice(0, 100).map((one) => edited(one)), ...few.slice(100)];
    const meanwhile = record("meanwhile");
    const replace = (answer, { request, set }) => {
      if (request.url.endsWith("/all")) set.put(meanwhile);
      return answer;
    };
    const peer = await symbolsPeerIn(world, { records: theirs, replace });
    const sharing = await holding(world, few, [peer]);
    await share(sharing);
    await assertHolds(sharing, theirs, [meanwhile]);
    assertOnlySymbols([peer]);
    await assertQuiet(sharing, [peer]);
  }),
);

/** What hostile peers say that they have, beside what the node holds: more than fits the first answer. */
const announced = [...few.slice(0, 40).map((one) => edited(one)), ...few.slice(40), ...records(5, { prefix: "announced" })];
const honest = [...few, ...records(10, { prefix: "honest" })];

/** Section 10: six answers a view of 2 048 cells at most, 12 000 ids in lots of 1 000, and one list. */
function assertBounded(peer, rounds = 1) {
  const symbols = sumOf(peer, "symbols");
  assert.ok(symbols.requests <= 12 * rounds, JSON.stringify(requestsOf(peer)));
  assert.ok(symbols.bytes <= 12 * (80 + 12 * 2_048) * rounds, JSON.stringify(peer.sums()));
  assert.ok(sumOf(peer, "records").requests <= 12 * rounds, JSON.stringify(requestsOf(peer)));
  assert.ok(sumOf(peer, "json").requests <= rounds, JSON.stringify(requestsOf(peer)));
  assert.deepEqual([peer.sums().bad, peer.sums().none], [undefined, undefined], JSON.stringify(peer.served));
}

/** A round with a hostile peer beside an honest one: twice, because chance decides which of them is audited. */
async function assertHarmless(world, replace, { share: shareBeside = share, check = () => {} } = {}) {
  for (let time = 0; time < 2; time += 1) {
    const hostile = await symbolsPeerIn(world, { records: announced, replace });
    const good = await symbolsPeerIn(world, { records: honest });
    const sharing = await holding(world, few, [hostile, good]);
    const report = await shareBeside(sharing, hostile);
    assert.equal(report.ok, true);
    const held = sorted(await heldBy(sharing));
    const texts = new Set(held);
    for (const text of sorted(honest.slice(few.length))) assert.ok(texts.has(text), "the honest peer was read whole");
    const known = new Set(union(few, announced, honest).concat(sorted(few)));
    for (const text of held) assert.ok(known.has(text), "nothing else is held");
    assert.ok(sumOf(hostile, "symbols").requests > 0, "it was asked for symbols");
    assertBounded(hostile);
    const entry = entryOf(report, hostile.url);
    assert.equal(entry.requests, hostile.served.length);
    await check({ sharing, hostile, entry });
  }
}

const failsWith =
  (...codes) =>
  ({ entry: { outcome, code } }) =>
    assert.ok(outcome === "failed" && codes.includes(code), `${outcome}: ${code}`);

for (const [what, replace] of Object.entries(malformed)) {
  test(
    `${what} is refused, and nothing else is affected`,
    inWorld((world) => assertHarmless(world, replace, { check: failsWith("BAD_BODY") })),
  );
}

test(
  "a malformed part after a good one is refused too",
  inWorld(async (world) => {
    for (const replace of Object.values(malformed)) {
      const isLater = ({ request }) => request.url.includes("/symbols?");
      const replaceLater = (answer, context) => (isLater(context) ? replace(answer, context) : answer);
      await assertHarmless(world, replaceLater, { check: failsWith("BAD_BODY") });
    }
  }),
);

for (const [what, replace] of Object.entries(lying)) {
  test(
    `a peer of which ${what} costs a bounded number of requests, and nothing else is affected`,
    inWorld((world) => assertHarmless(world, replace)),
  );
}

for (const [what, replace] of Object.entries(cut)) {
  test(
    `${what} is a failure of that peer`,
    inWorld((world) => assertHarmless(world, replace, { check: failsWith("BODY_CUT") })),
  );
}

/** A round in which one peer hangs: its deadline passes when it has sent all that ever comes, and the other one is read. */
function shareWithHanging(sharing, { served }) {
  const isHanging = () => served.length > 0 && served.at(-1).status === undefined;
  return shareUntilStuck(sharing, () => isHanging() && sharing.status().records >= honest.length);
}

for (const [what, replace] of Object.entries(hanging)) {
  test(
    `${what} ends with the peer's deadline`,
    inWorld((world) => assertHarmless(world, replace, { share: shareWithHanging, check: failsWith("PEER_TIMEOUT") })),
  );
}

for (const what of ["it withholds the records", "its records do not verify"]) {
  test(
    `a peer of which ${what} is asked again, and believed once it is honest`,
    inWorld((world) =>
      assertHarmless(world, lying[what], {
        async check({ sharing, hostile }) {
          assert.equal(sharing.status().records, honest.length);
          hostile.replace = (answer) => answer;
          await share(sharing);
          await assertHolds(sharing, announced, honest);
        },
      }),
    ),
  );
}

test(
  "what one peer withholds is fetched from another one in the same round",
  inWorld(async (world) => {
    const liar = await symbolsPeerIn(world, { records: announced, replace: lying["it withholds the records"] });
    const good = await symbolsPeerIn(world, { records: announced });
    const sharing = await holding(world, few, [liar, good]);
    await share(sharing);
    await assertHolds(sharing, announced);
  }),
);

for (const kind of ["symbols", "records"]) {
  for (const [status, minutes] of [
    [400, 60],
    [404, 60],
    [500, 60],
    [502, 1],
    [504, 1],
  ]) {
    test(
      `a peer that answers ${status} to requests for ${kind} is read as a list, for ${minutes} min`,
      inWorld(async (world) => {
        const peer = await symbolsPeerIn(world, { records: announced, replace: refusing(kind, status) });
        const clock = { aheadMs: 0 };
        const sharing = await holding(world, few, [peer], { now: () => Date.now() + clock.aheadMs });
        const pass = (ms) => {
          clock.aheadMs += ms;
          letPass(ms);
        };
        const { outcome } = entryOf(await share(sharing), peer.url);
        assert.equal(outcome, "synced");
        await assertHolds(sharing, announced);
        assert.equal(sumOf(peer, "json").requests, 1);
        assertBounded(peer);

        const isAskedForSymbols = async () => {
          peer.served.length = 0;
          await share(sharing);
          assert.ok(peer.served.length > 0, "it is asked");
          return peer.served.some(({ url, headers }) => url.includes("/symbols") || /symbols/.test(headers.accept));
        };
        assert.equal(await isAskedForSymbols(), false);
        peer.set.put(record("later"));
        assert.equal(await isAskedForSymbols(), false);
        await assertHolds(sharing, announced, [record("later")]);
        pass((minutes - 0.5) * MINUTE_MS);
        assert.equal(await isAskedForSymbols(), false);
        pass(MINUTE_MS);
        assert.equal(await isAskedForSymbols(), true);
      }),
    );
  }
}

test(
  "a peer of the other identity is reported, and read as a list",
  inWorld(async (world) => {
    const owners = Array.from({ length: 5 }, (_, number) => record("one", { by: signer(10 + number) }));
    const peer = await symbolsPeerIn(world, { records: owners, identity: "owner" });
    const good = await symbolsPeerIn(world, { records: honest });
    const sharing = await holding(world, few, [peer, good]);
    const { code } = entryOf(await share(sharing), peer.url);
    assert.equal(code, "PEER_DIFFERS");
    await assertHolds(sharing, owners, honest);
    assert.deepEqual(requestsOf(peer), { symbols: 1, json: 1 });
  }),
);

test(
  "a tag that changes while nothing else does costs at most one list in ten minutes",
  inWorld(async (world) => {
    const peer = await symbolsPeerIn(world, { records: few });
    peer.replace = (answer, { request, set, served }) => {
      if (!/symbols/.test(request.headers.accept + request.url)) return answer;
      const isOpening = request.url.endsWith("/all");
      const body = isOpening ? encodeBody(set, { view: 0, from: 0, count: 18 }) : answer.body;
      const headers = { ...answer.headers, "content-type": contentType("record"), etag: `W/"1s-${served.length}"` };
      return { ...answer, status: 200, headers, body };
    };
    const sharing = await holding(world, few.slice(0, 299), [peer]);
    for (let round = 0; round < 5; round += 1) await share(sharing);
    await assertHolds(sharing, few);
    assert.ok(sumOf(peer, "json").requests <= 1, JSON.stringify(requestsOf(peer)));
    assert.ok(peer.served.filter(({ status }) => status === 200).length >= 5, JSON.stringify(requestsOf(peer)));
  }),
);
