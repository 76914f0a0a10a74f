// More than one round can take arrives in several, from a real node that is asked for the records after a key.
import { peerTimeoutMs } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import { records, record, sorted } from "./fixtures/records.js";
import { entryOf, heldBy, inWorld, share } from "./fixtures/world.js";

const limits = {
  TOO_MANY_ITEMS: { maxItems: 300 },
  BODY_TOO_LARGE: { maxBodyBytes: 100_000 },
};

for (const [code, limit] of Object.entries(limits)) {
  test(
    `after ${code} the next round goes on`,
    inWorld(async (world) => {
      const all = records(1_000);
      const peer = await world.node();
      for (const each of all) await peer.put(each);
      const sharing = await world.sharingWith([peer.url], { ...limit, peerTimeoutMs });
      let rounds = 0;
      let bytes = 0;
      for (let outcome = "failed"; outcome === "failed"; rounds += 1) {
        const report = await share(sharing);
        const entry = entryOf(report, peer.url);
        assert.ok(report.ok && [code, undefined].includes(entry.code), JSON.stringify(report));
        assert.ok(entry.inserted > 0, "each round brings new records");
        bytes += entry.bytesReceived;
        outcome = entry.outcome;
      }
      assert.deepEqual(sorted(await heldBy(sharing)), sorted(all));
      const whole = (await (await fetch(`${peer.url}/task/task/linktree/all`)).text()).length;
      // The part of a chunk that had arrived at the cut is wasted.
      assert.ok(bytes < whole + rounds * 2 ** 17, `${bytes} bytes of ${whole} in ${rounds} rounds`);

      // All parts had the same tag, so the whole peer is known; new records then come by another walk.
      assert.equal(entryOf(await share(sharing), peer.url).outcome, "unchanged");
      assert.equal((await peer.put(record("one more"))).stored, true);
      for (let round = 0; round < rounds; round += 1) await share(sharing);
      assert.equal((await heldBy(sharing)).length, 1_001);
    }),
  );
}
