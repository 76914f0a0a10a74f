// Records whose ids are in the same cells: sums of the two together look like nothing that could be decoded. A publisher finds such
// keys by trying; they are to be found all the same.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { cellsOf } from "../symbols-js/walk.js";
import { record, records, signer, sorted } from "./fixtures/records.js";
import { symbolsPeerIn } from "./fixtures/symbols-peers.js";
import { heldBy, inWorld, share } from "./fixtures/world.js";

const TRIES = 1_000_000;
const { publicKey } = signer();
const idOf = (uuid) => createHash("sha256").update(`${publicKey}/${uuid}`).digest().readUInt32BE();

/** Two uuids whose ids are in the same of the first `counts[view]` cells of each view. */
function alike(counts) {
  const seen = new Map();
  for (let number = 0; number < TRIES; number += 1) {
    const uuid = `a${number}`;
    const id = idOf(uuid);
    const cells = counts.map((count, view) => cellsOf(id, view, count).join()).join("|");
    const other = seen.get(cells);
    if (other && other.id !== id) return [other.uuid, uuid];
    seen.set(cells, { id, uuid });
  }
  throw new Error(`no two of ${TRIES} ids are alike in ${counts} cells`);
}

/** A node with some records, after one round with a peer that has these uuids and others besides. */
async function afterOneRound(world, uuids, others) {
  const common = records(300);
  const theirs = [...uuids.map((uuid) => record(uuid)), ...records(others, { prefix: "other" })];
  const peer = await symbolsPeerIn(world, { records: [...common, ...theirs] });
  const sharing = await world.sharingWith([peer.url]);
  await sharing.putMany([...common, ...records(2, { prefix: "own" })]);
  await share(sharing);
  const held = new Set(sorted(await heldBy(sharing)));
  assert.ok(
    sorted(theirs).every((text) => held.has(text)),
    "all that the peer has is held",
  );
  assert.equal(peer.sums().json, undefined, "without a list");
  return peer.served.map(({ url }) => url).filter((url) => url.includes("/symbols?view=1"));
}

test(
  "two ids that are alike in view 0 are found in view 1",
  inWorld(async (world) => {
    const uuids = alike([1_000, 1]);
    const [id, other] = uuids.map(idOf);
    assert.notDeepEqual(cellsOf(id, 1, 18), cellsOf(other, 1, 18), "they are apart in view 1");
    assert.ok((await afterOneRound(world, uuids, 0)).length > 0);
    assert.ok((await afterOneRound(world, uuids, 10)).length > 0);
  }),
);

test(
  "two ids that are alike in the first cells of both views are found by the audit",
  inWorld(async (world) => {
    const uuids = alike([64, 64]);
    const asked = await afterOneRound(world, uuids, 2);
    const queries = asked.map((url) => new URL(url, "http://peer").searchParams);
    const ends = queries.map((query) => Number(query.get("from")) + Number(query.get("count")));
    assert.ok(Math.max(...ends) > 64, `more cells of view 1 than the two are alike in: ${ends}`);
  }),
);
