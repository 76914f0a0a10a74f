// What the suite asks of a store that has `changes`: that whoever follows it has in the end what the database has.

import { entryAt, equal, rejects, timestampOf, turn, until, versionsOf } from "./suite-checks.js";

const MOST_CHANGES = 10_000;
const GARBAGE = ["", "0", "1", "-1", "9007199254740991", "garbage", "{}", "null", "a:0", "0:0", "\u0000", "é".repeat(500)];

const promises = {
  "a first look gives a mark and reports nothing": async (store) => {
    await store.write([entryAt("a", 1)]);
    const look = await store.changes();
    equal([typeof look.mark, look.entries], ["string", undefined], "a first look");
  },

  "where nothing happened, a look says so": async (store) => {
    await store.write([entryAt("a", 1)]);
    const { mark } = await store.changes();
    const next = await lookSince(store, mark);
    equal(next.told, [], "a look at which nothing happened");
    equal((await lookSince(store, next.mark)).told, [], "the look after it");
  },

  "what is written is reported, each key once, with the version that is held": async (store) => {
    const { mark } = await store.changes();
    await store.write([entryAt("b", 1), entryAt("a", 1)]);
    await store.write([entryAt("a", 2)]);
    await store.write([entryAt("a", 1), entryAt("a", 3)]);
    equal(
      (await lookSince(store, mark)).told,
      [
        ["a", 3],
        ["b", 1],
      ],
      "what a look reports",
    );
  },

  "a key that is written again is reported again": async (store) => {
    let { mark } = await store.changes();
    for (const timestamp of [1, 2, 3]) {
      await store.write([entryAt("a", timestamp)]);
      const look = await lookSince(store, mark);
      equal(look.told, [["a", timestamp]], "what a look reports");
      ({ mark } = look);
    }
    equal((await lookSince(store, mark)).told, [], "a look afterwards");
  },

  "what is removed is reported to be gone, and what came back to be there": async (store) => {
    if (!store.remove) return;
    await store.write(["a", "b", "c"].map((key) => entryAt(key, 1)));
    const { mark } = await store.changes();
    await store.remove([entryAt("a", 1), entryAt("b", 1)]);
    await store.write([entryAt("b", 1)]);
    equal(
      (await lookSince(store, mark)).told,
      [
        ["a", undefined],
        ["b", 1],
      ],
      "what a look reports",
    );
  },

  "a mark serves more than once": async (store) => {
    const first = await store.changes();
    await store.write([entryAt("a", 1)]);
    const second = await lookSince(store, first.mark);
    await store.write([entryAt("b", 1)]);
    equal((await lookSince(store, second.mark)).told, [["b", 1]], "since the later mark");
    equal(
      (await lookSince(store, first.mark)).told,
      [
        ["a", 1],
        ["b", 1],
      ],
      "since the earlier mark",
    );
  },

  "after a mark that it never gave, a look reports nothing and gives a new mark": async (store) => {
    for (const garbage of GARBAGE) {
      const { mark, entries } = await store.changes(garbage);
      equal(entries, undefined, `entries since the mark ${JSON.stringify(garbage)}`);
      await store.write([entryAt("a", 1)]);
      await lookSince(store, mark);
    }
  },

  "the mark of another store object is one that it never gave": async (store, opened) => {
    await store.write([entryAt("a", 1)]);
    const { mark } = await store.changes();
    for (const open of [opened.another, opened.reopen].filter(Boolean)) {
      const other = await open();
      equal((await other.changes(mark)).entries, undefined, "entries since another's mark");
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
      (await lookSince(store, mark)).told,
      keys.map((key) => [key, 1]),
      "what a look reports",
    );
  },

  "of more than 10 000 changed keys a look reports none, and the next one goes on": async (store) => {
    const first = await store.changes();
    await writeKeys(store, MOST_CHANGES + 1);
    const { mark, entries } = await store.changes(first.mark);
    equal(entries, undefined, "entries");
    await store.write([entryAt("z", 1)]);
    equal((await lookSince(store, mark)).told, [["z", 1]], "the next look");
  },

  "looks while writes are under way miss none of them": async (store) => {
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

  "who follows many writers has in the end what the database has": async (store, opened) => {
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

  "a closed store does not say that nothing happened": async (store) => {
    if (!store.close) return;
    const { mark } = await store.changes();
    await store.close();
    await rejects(store.changes(), "a first look after close");
    await rejects(store.changes(mark), "a look after close");
  },
};

/** The promises of a store that has `changes`, and can tell at present; the others keep them by not having it. */
export const CHANGES_PROMISES = Object.fromEntries(
  Object.entries(promises).map(([name, check]) => [
    `changes: ${name}`,
    async (store, opened) => {
      if ((await store.changes?.()) !== undefined) await check(store, opened);
    },
  ]),
);

/** A look: its mark, and what it reports as `[key, timestamp]` in the order of the keys. */
async function lookSince(store, since) {
  const { mark, entries } = await store.changes(since);
  if (!Array.isArray(entries)) throw new Error(`changes(${JSON.stringify(since)}): wanted entries, got ${entries}`);
  const told = entries.map(({ key, version }) => [key, version === undefined ? version : timestampOf({ version })]);
  equal(new Set(told.map(([key]) => key)).size, told.length, "the number of keys that a look reports once");
  return { mark, told: told.sort(([one], [other]) => (one < other ? -1 : 1)) };
}

/** Follows a store from now on: what its looks report, put over what it holds now. */
async function followerOf(store) {
  const { mark } = await store.changes();
  const held = new Map((await versionsOf(store)).map(([key, version]) => [key, timestampOf({ version })]));
  return { store, mark, held };
}

async function follow(follower) {
  const { mark, told } = await lookSince(follower.store, follower.mark);
  follower.mark = mark;
  for (const [key, timestamp] of told) {
    if (timestamp === undefined) follower.held.delete(key);
    else follower.held.set(key, timestamp);
  }
}

// What another process or page wrote may be a moment on its way.
async function followUntil(follower, wanted) {
  const heldNow = () => [...follower.held].sort(([one], [other]) => (one < other ? -1 : 1));
  await until(
    async () => {
      await follow(follower);
      return JSON.stringify(heldNow()) === JSON.stringify(wanted);
    },
    () => equal(heldNow(), wanted, "what the looks report"),
  );
}

async function writeKeys(store, count) {
  const keys = Array.from({ length: count }, (_, index) => `key/${10_000 + index}`);
  for (let at = 0; at < count; at += 500) {
    await store.write(keys.slice(at, at + 500).map((key) => entryAt(key, 1)));
  }
  return keys;
}

/** Writes and removes keys that other writers write and remove too. */
async function writeAndRemove(store, writer) {
  for (let step = 1; step <= 30; step += 1) {
    const batch = [0, 1, 2].map((at) => entryAt(`key/${10 + ((writer * 7 + step * 5 + at * 3) % 20)}`, step * 8 + writer));
    await store.write(batch);
    if (step % 3 === 0) await store.remove?.(batch.slice(0, 1));
  }
}
