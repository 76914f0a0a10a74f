// Listeners of "record" and "report": each gets a copy of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { record } from "./fixtures/records.js";
import { inWorld } from "./fixtures/world.js";

test(
  "a listener that changes its record changes no other listener's",
  inWorld(async (world) => {
    const sharing = world.sharing();
    const given = record("a", { linktree: [{ label: "é" }], nothing: null, 2: 1 });
    const heard = [];
    sharing.on("record", (one) => {
      heard.push(JSON.stringify(one));
      one.data.linktree[0].label = "changed";
      delete one.signature;
    });
    sharing.on("record", (one) => heard.push(JSON.stringify(one)));
    await sharing.put(given);
    assert.deepEqual(heard, [JSON.stringify(given), JSON.stringify(given)]);
  }),
);

test(
  "a listener that changes its report changes neither another listener's nor the one that share returns",
  inWorld(async (world) => {
    const sharing = await world.sharingWith([(await world.plainPeer([record("a")])).url]);
    const heard = [];
    sharing.on("report", (report) => {
      report.peers[0].rejected.CHANGED = 1;
      report.totals = undefined;
    });
    sharing.on("report", (report) => heard.push(report));
    const report = await sharing.share();
    assert.equal(report.totals.inserted, 1);
    assert.deepEqual(report.peers[0].rejected, {});
    assert.deepEqual(heard, [report]);
  }),
);
