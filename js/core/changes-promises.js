// The tests of the contract suite for stores with `changes`: following the changes ends with what the database holds.

import { entryAt, equal, rejects, timestampOf, turn, until, versionsOf } from "./suite-checks.js";

const MOST_CHANGES = 10_000;
const GARBAGE = ["", "0", "1", "-1", "9007199254740991", "garbage", "{}", "null", "a:0", "0:0", "\u0000", "é".repeat(500)];

const promises = {
  "the first call returns a mark and reports no entries": async (store) => {
    await store.write([entryAt("a", 1)]);
    const answer = await store.changes();
    equal([typeof answer.mark, answer.entries], ["string", undefined], "the first call of changes()");
  },

  "if nothing changed, no entries are reported": async (store) => {
    await store.write([entryAt("a", 1)]);
    const { mark } = await store.changes();
    const next = await changesSince(store, mark);
    equal(next.reported, [], "changes(mark) after no change");
    equal((await changesSince(store, next.mark)).reported, [], "changes(mark) with the mark after that");
  },

  "written keys are reported, each once, with the version held": async (store) => {
    const { mark } = await store.changes();
    await store.write([entryAt("b", 1), entryAt("a", 1)]);
    await store.write([entryAt("a", 2)]);
    await store.write([entryAt("a", 1), entryAt("a", 3)]);
    equal(
      (await changesSince(store, mark)).reported,
      [
        ["a", 3],
        ["b", 1],
      ],
      "what changes(mark) reports",
    );
  },

  "a key that is written again is reported again": async (store) => {
    let { mark } = await store.changes();
    for (const timestamp of [1, 2, 3]) {
      await store.write([entryAt("a", timestamp)]);
      const answer = await changesSince(store, mark);
      equal(answer.reported, [["a", timestamp]], "what changes(mark) reports");
      ({ mark } = answer);
    }
    equal((await changesSince(store, mark)).reported, [], "changes(mark) after the last change");
  },

  "a removed key is reported as absent, and one that was written again as present": async (store) => {
    if (!store.remove) return;
    await store.write(["a", "b", "c"].map((key) => entryAt(key, 1)));
    const { mark } = await store.changes();
    await store.remove([entryAt("a", 1), entryAt("b", 1)]);
    await store.write([entryAt("b", 1)]);
    equal(
      (await changesSince(store, mark)).reported,
      [
        ["a", undefined],
        ["b", 1],
      ],
      "what changes(mark) reports",
    );
  },

  "a mark can be used more than once": async (store) => {
    const first = await store.changes();
    await store.write([entryAt("a", 1)]);
    const second = await changesSince(store, first.mark);
    await store.write([entryAt("b", 1)]);
    equal((await changesSince(store, second.mark)).reported, [["b", 1]], "changes since the later mark");
    equal(
      (await changesSince(store, first.mark)).reported,
      [
        ["a", 1],
        ["b", 1],
      ],
      "changes since the earlier mark",
    );
  },

  "for an unknown mark no entries are reported, and a new mark is returned": async (store) => {
    for (const garbage of GARBAGE) {
      const { mark, entries } = await store.changes(garbage);
      equal(entries, undefined, `entries since the mark ${JSON.stringify(garbage)}`);
      await store.write([entryAt("a", 1)]);
      await changesSince(store, mark);
    }
  },

  "the mark of another store object counts as unknown": async (store, opened) => {
    await store.write([entryAt("a", 1)]);
    const { mark } = await store.changes();
    for (const open of [opened.another, opened.reopen].filter(Boolean)) {
      const other = await open();
      equal((await other.changes(mark)).entries, undefined, "entries since the mark of another store object");
      await other.close?.();
    }
  },

  "two stores over the same data report each other's writes and removals": async (store, opened) => {
    if (!opened.another) return;
    const other = await opened.another();
    const follower = await followerOf(store);
    await other.write([entryAt("a", 1), entryAt("b", 1)]);
    await followUntil(follower, [
      ["a", 1],
      ["b", 1],
    ]);
    await other.remove?.([entryAt("a", 1)]);
    await other.write([entryAt("b", 2)]);
    await followUntil(follower, [...(other.remove ? [] : [["a", 1]]), ["b", 2]]);
    await other.close?.();
  },

  "2 000 changed keys are all reported": async (store) => {
    const { mark } = await store.changes();
    const keys = await writeKeys(store, 2_000);
    equal(
      (await changesSince(store, mark)).reported,
      keys.map((key) => [key, 1]),
      "what changes(mark) reports",
    );
  },

  "for more than 10 000 changed keys no entries are reported, and the new mark works": async (store) => {
    const first = await store.changes();
    await writeKeys(store, MOST_CHANGES + 1);
    const { mark, entries } = await store.changes(first.mark);
    equal(entries, undefined, "entries after 10 001 changed keys");
    await store.write([entryAt("z", 1)]);
    equal((await changesSince(store, mark)).reported, [["z", 1]], "changes since the new mark");
  },

  "calls during writes miss none of the changes": async (store) => {
    const follower = await followerOf(store);
    const keys = Array.from({ length: 100 }, (_, index) => `key/${100 + index}`);
    let underWay = keys.length;
    const writes = keys.map((key) => store.write([entryAt(key, 1)]).finally(() => (underWay -= 1)));
    for (; underWay > 0; await turn()) await follow(follower);
    await Promise.all(writes);
    await followUntil(
      follower,
      keys.map((key) => [key, 1]),
    );
  },

  "following many writers ends with what the database holds": async (store, opened) => {
    const stores = [store, ...(opened.another ? [await opened.another()] : [])];
    const follower = await followerOf(store);
    let underWay = 8;
    const writers = Array.from({ length: underWay }, (_, writer) =>
      writeAndRemove(stores[writer % stores.length], writer).finally(() => (underWay -= 1)),
    );
    for (; underWay > 0; await turn()) await follow(follower);
    await Promise.all(writers);
    await followUntil(
      follower,
      (await versionsOf(store)).map(([key, version]) => [key, timestampOf({ version })]),
    );
    await Promise.all(stores.slice(1).map((other) => other.close?.()));
  },

  "a closed store rejects instead of reporting no changes": async (store) => {
    if (!store.close) return;
    const { mark } = await store.changes();
    await store.close();
    await rejects(store.changes(), "changes() after close");
    await rejects(store.changes(mark), "changes(mark) after close");
  },
};

/** The tests for stores that have `changes` and can report at present; all other stores pass them trivially. */
export const CHANGES_PROMISES = Object.fromEntries(
  Object.entries(promises).map(([name, check]) => [
    `changes: ${name}`,
    async (store, opened) => {
      if ((await store.changes?.()) !== undefined) await check(store, opened);
    },
  ]),
);

/** The answer of `changes(since)`: its mark, and its entries as `[key, timestamp]` in the order of the keys. */
async function changesSince(store, since) {
  const { mark, entries } = await store.changes(since);
  if (!Array.isArray(entries))
    throw new Error(`entries of changes(${JSON.stringify(since)}): the store gave ${entries}; the contract wants an array`);
  const reported = entries.map(({ key, version }) => [key, version === undefined ? version : timestampOf({ version })]);
  equal(new Set(reported.map(([key]) => key)).size, reported.length, "the number of different keys among those reported");
  return { mark, reported: reported.sort(([one], [other]) => (one < other ? -1 : 1)) };
}

/** Follows a store from now on: what it holds now, updated with what `changes` reports. */
async function followerOf(store) {
  const { mark } = await store.changes();
  const held = new Map((await versionsOf(store)).map(([key, version]) => [key, timestampOf({ version })]));
  return { store, mark, held };
}

async function follow(follower) {
  const { mark, reported } = await changesSince(follower.store, follower.mark);
  follower.mark = mark;
  for (const [key, timestamp] of reported) {
    if (timestamp === undefined) follower.held.delete(key);
    else follower.held.set(key, timestamp);
  }
}

// What another process or page wrote may take a moment to arrive.
async function followUntil(follower, wanted) {
  const heldNow = () => [...follower.held].sort(([one], [other]) => (one < other ? -1 : 1));
  await until(
    async () => {
      await follow(follower);
      return JSON.stringify(heldNow()) === JSON.stringify(wanted);
    },
    () => equal(heldNow(), wanted, "what all calls of changes reported together"),
  );
}

async function writeKeys(store, count) {
  const keys = Array.from({ length: count }, (_, index) => `key/${10_000 + index}`);
  for (let at = 0; at < count; at += 500) {
    await store.write(keys.slice(at, at + 500).map((key) => entryAt(key, 1)));
  }
  return keys;
}

/** Writes and removes keys that other writers also write and remove. */
async function writeAndRemove(store, writer) {
  for (let step = 1; step <= 30; step += 1) {
    const batch = [0, 1, 2].map((at) => entryAt(`key/${10 + ((writer * 7 + step * 5 + at * 3) % 20)}`, step * 8 + writer));
    await store.write(batch);
    if (step % 3 === 0) await store.remove?.(batch.slice(0, 1));
  }
}
