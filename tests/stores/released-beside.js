// Stores of version 0.1.0 over the same SQL database: what they find there, and what a new store reports about them.
import assert from "node:assert/strict";
import { RELEASED } from "../bench/packages.js";
import { collect, entryAt, sharedKeys } from "./entries.js";
import { followerOf, reportedBy } from "./follower.js";

/**
 * A table that 0.1.0 made is used by the new store, and 0.1.0 reads and writes it as before.
 *
 * @param {object} given
 * @param {() => Promise<object> | object} given.openReleased another store of 0.1.0 over the table
 * @param {() => Promise<object> | object} given.openStore the new store over it
 * @param {() => Promise<string[]> | string[]} given.columns the table's columns, sorted
 */
export async function assertTakenOver({ openReleased, openStore, columns }) {
  const old = await openReleased();
  const entries = sharedKeys(700).map((key) => entryAt(key, 1));
  await old.write(entries);
  const store = await openStore();
  const follower = await followerOf(store);
  assert.equal(follower.held.size, 700);
  assert.equal(store.warning, undefined);
  assert.deepEqual(await columns(), ["ends_at_ms", "key", "text", "version"]);
  assert.deepEqual(await collect(old.entries()), entries);
  const outcomes = await old.write([entryAt("key/000", 2), entryAt("key/001", 1), entryAt("new", 1)]);
  assert.deepEqual(outcomes, ["written", "stale", "written"]);
  assert.deepEqual(reportedBy(await follower.look()), { "key/000": 2, new: 1 });
  await old.remove([entryAt("new", 1)]);
  assert.deepEqual(reportedBy(await follower.look()), { new: null });
  const fresh = await openReleased();
  assert.deepEqual(await fresh.getMany(["key/000", "new"]), [entryAt("key/000", 2), undefined]);
}

/**
 * Looks while a process of 0.1.0 and one of this version write their shares, and knows in the end what both wrote.
 *
 * @param {object} store
 * @param {object} given
 * @param {number} given.versions how many versions of each key are written
 * @param {number} given.keys
 * @param {(share: (string | number)[]) => Promise<unknown>} given.runWriter runs the writer with these arguments: the share,
 *   the number of shares, versions, keys, and the package
 */
export async function assertBothReported(store, { versions, keys, runWriter }) {
  const follower = await followerOf(store);
  let underWay = true;
  const writing = Promise.all(
    [RELEASED, "dbsharing"].map((from, share) => runWriter([share, 2, versions, keys, from])),
  ).finally(() => (underWay = false));
  while (underWay) await follower.look();
  await writing;
  await follower.look();
  assert.deepEqual(follower.held, new Map(sharedKeys(keys).map((key) => [key, entryAt(key, versions).version])));
}
