// What a node does where symbols do not tell what differs, where a peer has too much to do, and with what is settled.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BASE_MS, record, records, signer } from "./fixtures/records.js";
import { refusing, symbolsPeerIn } from "./fixtures/symbols-peers.js";
import { entryOf, inWorld, share } from "./fixtures/world.js";

const sumOf = (peer, kind) => peer.sums()[kind]?.requests ?? 0;
const edited = ({ data }) => record(data.uuid, { timestamp: BASE_MS + 60_000, edited: true });

test(
  "edits of many small peers are found at once by a node that holds much more than each of them",
  inWorld(async (world) => {
    const sets = Array.from({ length: 12 }, (_, number) => records(100, { by: signer(20 + number) }));
    const peers = [];
    for (const list of sets) peers.push(await symbolsPeerIn(world, { records: list }));
    const sharing = await world.sharingWith(peers.map(({ url }) => url));
    while (sharing.status().records !== 1_200) await share(sharing);
    for (const [at, peer] of peers.entries()) {
      const { data } = sets[at][7];
      peer.set.put(record(data.uuid, { timestamp: BASE_MS + 1, by: signer(20 + at) }));
    }
    const report = await share(sharing);
    assert.equal(report.totals.replaced, 12);
    for (const { by, differs } of report.peers) assert.deepEqual([by, differs], ["body", undefined]);
    assert.ok((await share(sharing)).peers.every(({ outcome }) => outcome === "unchanged"));
  }),
);

test(
  "a long body that has nothing new is not read again for ten minutes",
  inWorld(async (world) => {
    const [own, theirs] = [records(2_000, { prefix: "own" }), records(400)];
    const peer = await symbolsPeerIn(world, { records: theirs });
    let nowMs = BASE_MS + 1_000_000;
    const sharing = await world.sharingWith([peer.url], { now: () => nowMs });
    await sharing.putMany([...own, ...theirs]);
    const bodiesInRound = async () => {
      const before = sumOf(peer, "json");
      await share(sharing);
      return sumOf(peer, "json") - before;
    };
    const edit = async (number) => {
      peer.set.put(edited(theirs[number]));
      await sharing.put(edited(theirs[number]));
    };
    assert.equal(await bodiesInRound(), 1, "the numbers of records alone say that cells do not tell it");
    await edit(1);
    assert.equal(await bodiesInRound(), 0);
    nowMs += 600_001;
    assert.equal(await bodiesInRound(), 1);
    peer.set.put(edited(theirs[2]));
    nowMs += 600_001;
    assert.equal(await bodiesInRound(), 1, "an edit that is new");
    peer.set.put(edited(theirs[3]));
    assert.equal(await bodiesInRound(), 1, "another one, right after it");
  }),
);

for (const status of [429, 503]) {
  for (const kind of ["records", "symbols"]) {
    test(
      `a peer that answers ${status} to requests for ${kind} is asked again in the next round, and for symbols`,
      inWorld(async (world) => {
        const common = records(300);
        let isBusy = true;
        const replace = (...given) => (isBusy ? refusing(kind, status)(...given) : given[0]);
        const peer = await symbolsPeerIn(world, { records: [...common, ...records(30, { prefix: "new" })], replace });
        const sharing = await world.sharingWith([peer.url]);
        await sharing.putMany(common);
        const busy = entryOf(await share(sharing), peer.url);
        assert.deepEqual([busy.outcome, busy.code, busy.httpStatus], ["failed", "PEER_STATUS", status]);
        isBusy = false;
        const { outcome, by, inserted } = entryOf(await share(sharing), peer.url);
        assert.deepEqual([outcome, by, inserted], ["synced", "symbols", 30]);
        assert.equal(sumOf(peer, "json"), 0);
      }),
    );
  }
}

test(
  "what the task did not accept is not fetched again with each change",
  inWorld(async (world) => {
    const common = records(300);
    for (const count of [1, 5, 40]) {
      const refused = records(count, { prefix: "refused" });
      const peer = await symbolsPeerIn(world, { records: [...common, ...refused] });
      const accept = ({ data }) => !data.uuid.startsWith("refused");
      const sharing = await world.sharingWith([peer.url], { accept });
      await sharing.putMany(common);
      assert.deepEqual((await share(sharing)).totals.rejected, { NOT_ACCEPTED: count }, "each once");
      for (const number of [1, 2, 3]) {
        peer.set.put(edited(common[number]));
        const { totals } = await share(sharing);
        assert.deepEqual([totals.offered, totals.replaced, totals.rejected], [1, 1, {}], `${count} refused, edit ${number}`);
      }
    }
  }),
);

test(
  "a peer that gets later what the task did not accept of another is read by sums, and quiet after that",
  inWorld(async (world) => {
    const common = records(1_000);
    const refused = [1, 2].map((number) => record(`refused ${number}`));
    const peers = [];
    for (let number = 0; number < 3; number += 1) peers.push(await symbolsPeerIn(world, { records: common }));
    const accept = ({ data }) => !data.uuid.startsWith("refused");
    const sharing = await world.sharingWith(
      peers.map(({ url }) => url),
      { accept },
    );
    await sharing.putMany(common);
    let offered = 0;
    for (const one of refused) {
      for (const peer of peers) {
        peer.set.put(one);
        ({ offered } = entryOf(await share(sharing), peer.url));
        assert.equal(offered, peer === peers[0] ? 1 : 0, "it is fetched once");
        for (const { url } of peers) assert.equal(entryOf(await share(sharing), url).httpStatus, 304);
      }
    }
    for (const peer of peers) assert.equal(sumOf(peer, "json"), 0);
  }),
);
