// An honest peer among 31 whose bodies are made to be slow: turns are shared by time, and no step takes a long one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sendJson } from "../network/server.js";
import { BASE_MS, records } from "./fixtures/records.js";
import { entryOf, heldBy, inWorld, share } from "./fixtures/world.js";

/** Just below the limit of an item. */
const ITEM_BYTES = 1024 * 1024 - 1024;
const HOSTILE_PEERS = 31;
/** Enough that each hostile body is several times the work of the honest one. */
const ITEMS_EACH = 4;
const HONEST_RECORDS = 3000;

/** An item of one megabyte whose data begins with this many of these members. */
function itemOf(member) {
  const members = [];
  for (let bytes = 0, number = 0; bytes < ITEM_BYTES; number += 1) {
    members.push(member(number));
    bytes += members.at(-1).length + 1;
  }
  const key = "4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi";
  return `{"data":{${members.join(",")},"uuid":"a","timestamp":${BASE_MS}},"publicKey":"${key}","signature":"${"1".repeat(64)}"}`;
}

const HEAVY_ITEMS = {
  "one member many times": itemOf(() => `"a":0`),
  "unsorted names that look like numbers": itemOf((number) => `"${(number * 7919) % 100_003}":0`),
  "many small objects that have to be sorted": itemOf((number) => `"k${number}":{"b":0,"a":0,"b":1}`),
};

for (const [name, item] of Object.entries(HEAVY_ITEMS)) {
  test(
    `an honest peer is read whole, and once known is read before most of 31 whose items are ${name}`,
    inWorld(async (world) => {
      const list = records(HONEST_RECORDS);
      const body = Buffer.from(`[${Array(ITEMS_EACH).fill(item).join(",")}]`);
      const hostile = [];
      for (let number = 0; number < HOSTILE_PEERS; number += 1) {
        hostile.push(await world.server((_, response) => sendJson(response, body)));
      }
      const honest = await world.plainPeer(list);
      const sharing = await world.sharingWith(
        [...hostile, honest].map(({ url }) => url),
        { peerTimeoutMs: 60_000 },
      );
      const first = entryOf(await share(sharing), honest.url);
      assert.deepEqual([first.outcome, first.inserted], ["synced", HONEST_RECORDS]);
      const report = await share(sharing);
      const entry = entryOf(report, honest.url);
      assert.deepEqual([entry.outcome, entry.known], ["synced", HONEST_RECORDS]);
      assert.equal((await heldBy(sharing)).length, HONEST_RECORDS);
      const sooner = report.peers.filter(({ durationMs }) => durationMs < entry.durationMs);
      assert.ok(sooner.length < HOSTILE_PEERS / 2, `${sooner.length} were read before it, in ${entry.durationMs} ms`);
    }),
  );
}
