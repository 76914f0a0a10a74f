// An honest peer among 31 whose bodies were made to take long: turns go round by time, and nothing takes a long one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sendJson } from "../network/server.js";
import { BASE_MS, records } from "./fixtures/records.js";
import { entryOf, heldBy, inWorld, share } from "./fixtures/world.js";

/** Just below what an item may have. */
const ITEM_BYTES = 1024 * 1024 - 1024;
const HOSTILE_PEERS = 31;
/** So that each of them is several times the work of the honest body. */
const ITEMS_EACH = 4;
const HONEST_RECORDS = 3000;

/** An item of a megabyte whose data begins with so many of these members. */
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
  "names that look like numbers, in disorder": itemOf((number) => `"${(number * 7919) % 100_003}":0`),
  "many small objects to be put in order": itemOf((number) => `"k${number}":{"b":0,"a":0,"b":1}`),
};

for (const [name, item] of Object.entries(HEAVY_ITEMS)) {
  test(
    `an honest peer is read whole, and once it is known before most of 31 whose items are ${name}`,
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
