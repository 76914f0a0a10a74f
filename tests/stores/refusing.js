// One record that a real database refuses, beside two hundred that it takes: how a whole Sharing treats it.
import { storeTimeoutMs } from "../js/fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { BASE_MS, record, records } from "../js/fixtures/records.js";
import { entryOf, heldBy, inWorld, share } from "../js/fixtures/world.js";

const good = records(200);

/**
 * Runs the whole scenario over `db`, which refuses the record `bad` with a message that has `words`; `relent()`, where
 * possible, makes it take such records from then on.
 */
export const refusesOne = ({ db, bad, words, relent }) =>
  inWorld(async (world) => {
    const peer = await world.node();
    for (const each of [...good, bad]) assert.equal((await peer.put(each)).stored, true);
    let nowMs = BASE_MS;
    const sharing = await world.sharingWith([peer.url], { db, now: () => nowMs, storeTimeoutMs });

    const first = await share(sharing);
    assert.deepEqual(
      [first.ok, first.totals.inserted, first.totals.rejected],
      [true, 200, { STORE_REFUSED: 1 }],
      JSON.stringify(first),
    );
    assert.equal((await heldBy(sharing)).length, 200);
    assert.equal(entryOf(first, peer.url).outcome, "synced");

    nowMs += 19_999;
    const quiet = await share(sharing);
    assert.deepEqual([entryOf(quiet, peer.url).outcome, quiet.totals.bytesReceived], ["unchanged", 0]);

    nowMs += 1;
    const tried = await share(sharing);
    assert.deepEqual(
      [tried.ok, tried.totals.offered, tried.totals.rejected],
      [true, 1, { STORE_REFUSED: 1 }],
      "it alone is fetched",
    );

    // The task's own record is tried each time, and its result has the database's own message.
    const put = await sharing.put(bad);
    assert.deepEqual([put.ok, put.code, put.stored], [false, "STORE_REFUSED", false]);
    assert.match(put.message, words);
    const newer = record(bad.data.uuid, { timestamp: bad.data.timestamp + 1 });
    assert.equal((await peer.put(newer)).stored, true);
    assert.equal((await share(sharing)).totals.inserted, 1, "another version is tried at once");

    if (!relent) return;
    relent();
    const newest = { ...bad.data, timestamp: bad.data.timestamp + 2 };
    assert.equal((await sharing.put(record(newest.uuid, newest))).stored, true);
  });
