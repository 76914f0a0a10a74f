// Every kind of odd peer and odd service, in a real round together with good peers.
import { bytesBeforeHanging, watchedFetch } from "./fixtures/watched-fetch.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import { peerKinds } from "../network/peers.js";
import { serviceKinds } from "../network/services.js";
import { isVerifiable, records, signer, sorted } from "./fixtures/records.js";
import { askedIn, entryOf, heldBy, inWorld } from "./fixtures/world.js";

const maxBodyBytes = 4_000_000;
const own = records(1, { prefix: "own", by: signer(9) });
const good = [records(5, { prefix: "first", by: signer(2) }), records(5, { prefix: "second", by: signer(3) })];
const oddOnes = records(5, { prefix: "odd", by: signer(4) });

/** How much a peer of this kind sends before it hangs, by its url; nothing if it does not hang. */
function hanging(kind, url, list) {
  const { code, keeps } = peerKinds[kind].expected;
  return code === "PEER_TIMEOUT" && { [url]: keeps === "all" ? bytesBeforeHanging(list) : 0 };
}

function assertAsExpected(entry, { keeps, rejected, ...expected }, kind) {
  for (const [name, value] of Object.entries(expected)) assert.equal(entry[name], value, `${name} of ${kind}`);
  if (rejected) assert.deepEqual(entry.rejected, rejected, `rejected of ${kind}`);
}

for (const [kind, { says, expected, again }] of Object.entries(peerKinds)) {
  test(
    `a peer that ${says} does not affect the records of other peers`,
    inWorld(async (world) => {
      const odd = await world.peer(kind, oddOnes);
      const before = await world.peer("seed-style", good[0]);
      const after = await world.peer("bare-records", good[1]);
      const { fetch, shareBeside } = watchedFetch();
      const sharing = await world.sharingWith([before.url, odd.url, after.url], { fetch, maxBodyBytes });
      await sharing.put(own[0]);

      const beside = { ...hanging(kind, odd.url, oddOnes) };
      const report = await shareBeside(beside, sharing);
      assert.equal(report.ok, true, JSON.stringify(report.error));
      assertAsExpected(entryOf(report, odd.url), expected, kind);
      for (const { url } of [before, after]) {
        assertAsExpected(entryOf(report, url), { outcome: "synced", inserted: 5 }, `good peers beside ${kind}`);
      }
      const held = await heldBy(sharing);
      assert.deepEqual(sorted(held), sorted([...own, ...good.flat(), ...(expected.keeps === "all" ? oddOnes : [])]));
      assert.ok(held.every(isVerifiable), "all stored records verify");

      const second = await shareBeside(beside, sharing);
      assertAsExpected(entryOf(second, odd.url), { ...again, inserted: 0, replaced: 0 }, `${kind}, again`);
      assert.equal(second.totals.inserted, 0);
    }),
  );
}

test(
  "all odd peers together in one round do not affect the records of other peers",
  inWorld(async (world) => {
    const kinds = Object.keys(peerKinds);
    const recordsOf = (kind, at) => records(3, { prefix: kind, by: signer(10 + at) });
    const odd = await Promise.all(kinds.map((kind, at) => world.peer(kind, recordsOf(kind, at))));
    const honest = [await world.peer("seed-style", good[0]), await world.peer("express-send", good[1])];
    const urls = [honest[0], ...odd, honest[1]].map(({ url }) => url);
    const { fetch, shareBeside } = watchedFetch();
    const sharing = await world.sharingWith(urls, { fetch, maxBodyBytes, maxPeersPerRound: 1_000, concurrency: 1_000 });
    await sharing.put(own[0]);

    const beside = kinds.map((kind, at) => hanging(kind, odd[at].url, recordsOf(kind, at)));
    const report = await shareBeside(Object.assign({}, ...beside), sharing);
    assert.equal(report.ok, true);
    for (const [at, kind] of kinds.entries()) {
      assert.equal(entryOf(report, odd[at].url).outcome, peerKinds[kind].expected.outcome, kind);
    }
    for (const { url } of honest) assertAsExpected(entryOf(report, url), { outcome: "synced", inserted: 5 }, "honest");
    const kept = kinds.filter((kind) => peerKinds[kind].expected.keeps === "all");
    const held = await heldBy(sharing);
    assert.equal(held.length, 1 + 10 + 3 * kept.length);
    assert.ok(held.every(isVerifiable));
  }),
);

for (const [kind, { says, expected }] of Object.entries(serviceKinds)) {
  test(
    `a service that ${says} is ${expected.ok ? "a node list" : expected.code}`,
    inWorld(async (world) => {
      const peers = [await world.peer("seed-style", good[0]), await world.peer("bare-records", good[1])];
      const extra = await world.peer("seed-style", own);
      const service = await world.service(
        kind,
        peers.map(({ url }) => url),
      );
      const { fetch, shareBeside } = watchedFetch();
      const sharing = world.sharing({ fetch, serviceUrl: service.url, peers: [extra.url] });

      const report = await shareBeside(kind === "hangs" ? { [service.url]: 0 } : {}, sharing);
      assert.equal(report.ok, expected.ok);
      assert.equal(report.error?.code, expected.code);
      const asked = expected.asks === "all" ? [...peers, extra] : [extra];
      assert.deepEqual(
        askedIn(report),
        asked.map(({ url }) => url).sort(),
        "each peer is asked once, and the extra one always",
      );
      assert.equal((await heldBy(sharing)).length, expected.asks === "all" ? 11 : 1);
      assert.equal(service.requests.length, 1);
    }),
  );
}
