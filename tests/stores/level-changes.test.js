// What the level store reports about others: the task's own handles of the same database, in every way of writing.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { ClassicLevel } from "classic-level";

import { levelStore } from "../../js/stores/level.js";
import { collect, entryAt } from "./entries.js";

const valueAt = (key, timestamp) => entryAt(key, timestamp).version + entryAt(key, timestamp).text;

const ways = {
  "puts of another sublevel object": (db, { key, value }) => db.sublevel("dbsharing").put(key, value),
  "batches of another sublevel object": (db, { key, value }) => db.sublevel("dbsharing").batch([{ type: "put", key, value }]),
  async "chained batches"(db, { key, value }) {
    const sublevel = db.sublevel("dbsharing");
    await sublevel.open();
    await sublevel.batch().put(key, value).write();
  },
  "keys as bytes": (db, { key, value }) =>
    db.sublevel("dbsharing", { keyEncoding: "view" }).put(new TextEncoder().encode(key), value),
  "the database's own batch with its sublevel named": (db, { key, value }) =>
    db.batch([{ type: "put", sublevel: db.sublevel("dbsharing"), key, value }]),
  "the database's own put": (db, { key, value }) => db.put(`!dbsharing!${key}`, value),
};

for (const [way, write] of Object.entries(ways)) {
  test(
    `${way} are reported`,
    withDatabase(async (db) => {
      const store = levelStore(db);
      const { mark } = await store.changes();
      await write(db, { key: "a", value: entryAt("a", 1).version + entryAt("a", 1).text });
      assert.deepEqual(await reported(store, mark), [["a", entryAt("a", 1).version]]);
      assert.deepEqual(await store.getMany(["a"]), [entryAt("a", 1)]);
    }),
  );
}

test(
  "an entry that the task removes is reported as gone, and is no longer listed",
  withDatabase(async (db) => {
    const store = levelStore(db);
    await store.write([entryAt("a", 1), entryAt("b", 1)]);
    const { mark } = await store.changes();
    await db.del("!dbsharing!a");
    assert.deepEqual(await reported(store, mark), [["a", undefined]]);
    assert.deepEqual(await collect(store.versions()), [{ key: "b", version: entryAt("b", 1).version }]);
  }),
);

const clearings = {
  "its sublevel": (db) => db.sublevel("dbsharing").clear(),
  "a part of its sublevel": (db) => db.sublevel("dbsharing").clear({ gt: "a", keyEncoding: "buffer" }),
  "the whole database": (db) => db.clear(),
  "a range of the database": (db) => db.clear({ gte: "!d", lt: "!e" }),
};

for (const [what, clear] of Object.entries(clearings)) {
  test(
    `after the task cleared ${what}, versions are read again`,
    withDatabase(async (db) => {
      const store = levelStore(db);
      await store.write([entryAt("b", 1)]);
      const { mark } = await store.changes();
      await clear(db);
      const look = await store.changes(mark);
      assert.equal(look.entries, undefined);
      assert.deepEqual(await collect(store.versions()), []);
      await store.write([entryAt("c", 1)]);
      assert.deepEqual(await reported(store, look.mark), [["c", entryAt("c", 1).version]]);
    }),
  );
}

const laterWrites = {
  "an older version": { write: (db) => db.put("!dbsharing!a", valueAt("a", 1)), held: entryAt("a", 1).version },
  "a newer version": { write: (db) => db.put("!dbsharing!a", valueAt("a", 3)), held: entryAt("a", 3).version },
  "something else": { write: (db) => db.put("!dbsharing!a", "damaged"), held: "" },
  "no entry": { write: (db) => db.del("!dbsharing!a"), held: undefined },
};

for (const [what, { write, held }] of Object.entries(laterWrites)) {
  test(
    `where the task leaves ${what} after the store's own write, that is reported`,
    withDatabase(async (db) => {
      const store = levelStore(db);
      const { mark } = await store.changes();
      await store.write([entryAt("a", 2), entryAt("b", 2)]);
      await write(db);
      assert.deepEqual(Object.fromEntries(await reported(store, mark)), { a: held, b: entryAt("b", 2).version });
    }),
  );

  test(
    `where the task leaves ${what} before the store has heard of its own write, that is reported`,
    withDatabase(async (db) => {
      const store = levelStore(db);
      const { mark } = await store.changes();
      afterNextBatch(db, () => write(db));
      await store.write([entryAt("a", 2), entryAt("b", 2)]);
      assert.deepEqual(Object.fromEntries(await reported(store, mark)), { a: held, b: entryAt("b", 2).version });
    }),
  );
}

test(
  "after the task cleared the database before the store has heard of its own write, nothing is reported as held",
  withDatabase(async (db) => {
    const store = levelStore(db);
    await store.changes();
    let mark;
    afterNextBatch(db, async () => {
      await db.clear();
      ({ mark } = await store.changes());
    });
    await store.write([entryAt("a", 2)]);
    assert.deepEqual(await reported(store, mark), [["a", undefined]]);
  }),
);

test(
  "a write of the store that was stale is reported as what is held",
  withDatabase(async (db) => {
    const store = levelStore(db);
    const { mark } = await store.changes();
    await db.put("!dbsharing!a", valueAt("a", 3));
    assert.deepEqual(await store.write([entryAt("a", 2), entryAt("b", 2)]), ["stale", "written"]);
    assert.deepEqual(await reported(store, mark), [
      ["a", entryAt("a", 3).version],
      ["b", entryAt("b", 2).version],
    ]);
  }),
);

test(
  "what another store of the same process wrote and removed is reported",
  withDatabase(async (db) => {
    const [store, other] = [levelStore(db), levelStore(db)];
    const { mark } = await store.changes();
    await store.write([entryAt("a", 1), entryAt("b", 1)]);
    await other.write([entryAt("a", 2)]);
    await other.remove([entryAt("b", 1)]);
    assert.deepEqual(Object.fromEntries(await reported(store, mark)), { a: entryAt("a", 2).version, b: undefined });
  }),
);

test(
  "the store's own writes are reported without reading them again, and those of others are read in parts",
  withDatabase(async (db) => {
    const store = levelStore(db);
    const { mark } = await store.changes();
    const own = Array.from({ length: 3_000 }, (_, number) => entryAt(`own/${number}`, 1));
    const others = Array.from({ length: 3_000 }, (_, number) => entryAt(`other/${number}`, 1));
    await store.write(own);
    const puts = others.map(({ key, version, text }) => ({ type: "put", key: `!dbsharing!${key}`, value: version + text }));
    await db.batch(puts);
    const reads = countReads(db);
    const versions = [...own, ...others].map(({ key, version }) => [key, version]);
    assert.deepEqual(await reported(store, mark), versions);
    const sum = reads.reduce((total, count) => total + count, 0);
    assert.equal(sum, 3_000, "how many keys were read");
    assert.ok(Math.max(...reads) <= 1_000, `at most ${Math.max(...reads)} at once`);
  }),
);

test(
  "what the task writes or clears elsewhere is not reported",
  withDatabase(async (db) => {
    const store = levelStore(db);
    const { mark } = await store.changes();
    await db.put("a", "1");
    await db.sublevel("other").put("a", "1");
    await db.sublevel("dbsharing2").clear();
    await db.clear({ lt: "!dbsharing" });
    await db.clear({ gt: "z" });
    await levelStore(db.sublevel("other")).write([entryAt("a", 1)]);
    assert.deepEqual(await reported(store, mark), []);
  }),
);

test(
  "a database with another key encoding is cleared by keys in that encoding",
  withDatabase(async (db) => {
    const json = db.sublevel("json", { keyEncoding: "json" });
    const [inside, outside] = [levelStore(json), levelStore(db)];
    await inside.write([entryAt("a", 1)]);
    const marks = [(await inside.changes()).mark, (await outside.changes()).mark];
    await json.clear();
    assert.equal((await inside.changes(marks[0])).entries, undefined);
    assert.deepEqual(await reported(outside, marks[1]), []);
  }),
);

test(
  "keys that are not ours are neither listed nor reported, and do not cut a page short",
  withDatabase(async (db) => {
    const store = levelStore(db);
    const { mark } = await store.changes();
    const value = entryAt("a", 1).version + entryAt("a", 1).text;
    const odd = ["a b", "a\nb", "aé", "a\u007f", "a".repeat(814)];
    await db.sublevel("dbsharing").batch(odd.map((key) => ({ type: "put", key, value })));
    await store.write([entryAt("a", 1), entryAt("b", 1)]);
    assert.deepEqual((await reported(store, mark)).map(([key]) => key).sort(), ["a", "b"]);
    assert.deepEqual(
      (await collect(store.versions())).map(({ key }) => key),
      ["a", "b"],
    );
    assert.deepEqual(await collect(store.entries({ limit: 2 })), [entryAt("a", 1), entryAt("b", 1)]);
    assert.deepEqual(await collect(store.entries({ gt: "a", limit: 1 })), [entryAt("b", 1)]);
  }),
);

test(
  "a database that was closed and opened again may have changed: the store goes on, and older marks are not valid",
  withDatabase(async (db) => {
    const store = levelStore(db);
    await store.write([entryAt("a", 1)]);
    const { mark } = await store.changes();
    await db.close();
    await assert.rejects(store.changes(mark), /levelStore could not look for changes: .*not open/);
    await db.open();
    assert.equal((await store.changes(mark)).entries, undefined);
    assert.deepEqual(await store.getMany(["a"]), [entryAt("a", 1)]);
  }),
);

test(
  "many stores of one database share one listener, which is removed with the last of them",
  withDatabase(async (db) => {
    const stores = Array.from({ length: 30 }, () => levelStore(db));
    for (const store of stores) await store.changes();
    assert.equal(db.listenerCount("write"), 1);
    for (const store of stores) await store.close();
    assert.equal(db.listenerCount("write"), 0);
    assert.equal(db.listenerCount("clear"), 0);
  }),
);

test(
  "two collections are refused in one place but not in places of their own",
  withDatabase(async (db) => {
    levelStore(db).claim("first");
    levelStore(db).claim("first");
    const refusal = /"second" was given the place of the collection "first"; .*levelStore\(db\.sublevel\("another"\)\)/;
    assert.throws(() => levelStore(db).claim("second"), refusal);
    levelStore(db.sublevel("another")).claim("second");
    assert.throws(() => levelStore(db.sublevel("another")).claim("first"), /"first" was given the place/);
    levelStore(db.sublevel("default")).claim(undefined); // without the option
    levelStore(db.sublevel("default")).claim("linktree");
    assert.throws(() => levelStore(db.sublevel("default")).claim("first"), /place of the collection "linktree"/);
  }),
);

/** What a look reports, as pairs of key and version. */
async function reported(store, mark) {
  return (await store.changes(mark)).entries.map(({ key, version }) => [key, version]);
}

/** Has `work` done after the next batch was written and before anybody hears of it. */
function afterNextBatch(db, work) {
  const batch = db._batch.bind(db);
  db._batch = async (...args) => {
    db._batch = batch;
    await batch(...args);
    await work();
  };
}

/** How many keys each read gets from now on. */
function countReads(db) {
  const reads = [];
  const getMany = db._getMany.bind(db);
  db._getMany = (keys, ...rest) => {
    reads.push(keys.length);
    return getMany(keys, ...rest);
  };
  return reads;
}

function withDatabase(check) {
  return async () => {
    const directory = await mkdtemp(join(tmpdir(), "dbsharing-level-"));
    const db = new ClassicLevel(directory);
    try {
      await check(db);
    } finally {
      await db.close();
      await rm(directory, { recursive: true, force: true });
    }
  };
}
