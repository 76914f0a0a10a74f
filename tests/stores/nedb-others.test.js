// The NeDB store beside others: a task that removes documents, a TTL index, another collection in one datastore.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import SealdDatastore from "@seald-io/nedb";
import Datastore from "nedb-promises";

import { nedbStore } from "../../js/stores/nedb.js";
import { testStore } from "../../js/testing.js";
import { collect, entryAt } from "./entries.js";

const PATIENCE_MS = 300_000; // only a hang takes this long

testStore(
  () => {
    const db = new SealdDatastore({ inMemoryOnly: true });
    const beside = nedbStore(db); // the same keys in another place do not disturb it
    const store = nedbStore(db, { name: "beside" });
    const write = store.write.bind(store);
    store.write = async (entries) => {
      const outcomes = await write(entries);
      await beside.write(entries);
      return outcomes;
    };
    return { store, reopen: () => nedbStore(db, { name: "beside" }) };
  },
  { test: (name, body) => test(`a named place beside the default one: ${name}`, body) },
);

test(
  "collections with different names in one datastore share nothing, even after a restart",
  withFile(async (file) => {
    const db = Datastore.create(file);
    const names = [undefined, "r", "n", "journal", "first", "First"];
    const stores = names.map((name) => nedbStore(db, { name }));
    for (const [at, store] of stores.entries()) await store.write([entryAt("r/a", at + 1), entryAt(`only/${at}`, 1)]);
    for (const store of stores) await store.close();
    const again = Datastore.create(file);
    for (const [at, name] of names.entries()) {
      const store = nedbStore(again, { name });
      assert.deepEqual(await collect(store.entries()), [entryAt(`only/${at}`, 1), entryAt("r/a", at + 1)]);
      await store.close();
    }
  }),
);

test("each place has its own journal, and finishes what was begun in it", async () => {
  const db = new SealdDatastore({ inMemoryOnly: true });
  const documentOf = (place, { key, ...rest }) => ({ _id: `${place}r/${key}`, ...rest });
  for (const [at, place] of ["dbsharing/", "dbsharing/n/first/"].entries()) {
    const documents = ["a", "b"].map((key) => documentOf(place, entryAt(key, at + 1)));
    await db.insertAsync({ _id: `${place}journal`, documents });
  }
  assert.deepEqual(await collect(nedbStore(db).entries()), [entryAt("a", 1), entryAt("b", 1)]);
  assert.deepEqual(await collect(nedbStore(db, { name: "first" }).entries()), [entryAt("a", 2), entryAt("b", 2)]);
});

test("two collections in one place are refused with the remedy", async () => {
  const db = Datastore.create();
  nedbStore(db).claim("first");
  nedbStore(db).claim("first");
  const refusal = /"second" was given the place of the collection "first"; .*nedbStore\(datastore, { name: "another" }\)/;
  assert.throws(() => nedbStore(db).claim("second"), refusal);
  nedbStore(db, { name: "another" }).claim("second");
  nedbStore(Datastore.create()).claim("second");
});

test("what is not a name is refused with a message that shows it", () => {
  const db = Datastore.create();
  for (const name of ["", "a/b", "a b", "é", "x".repeat(65), 7, null, {}]) {
    assert.throws(() => nedbStore(db, { name }), {
      name: "TypeError",
      code: "OPTION_INVALID",
      message: / got .*; wanted a name of 1 to 64 letters/,
    });
  }
  for (const options of [null, "first", 7]) {
    assert.throws(() => nedbStore(db, options), {
      name: "TypeError",
      code: "OPTION_INVALID",
      message: / got .*; wanted an object { name }/,
    });
  }
});

test(
  "a document that the task removes is not listed, and may be written again",
  withFile(async (file) => {
    const db = Datastore.create(file);
    const store = nedbStore(db);
    await store.write([entryAt("a", 2), entryAt("b", 2), entryAt("c", 2)]);
    await db.remove({ _id: "dbsharing/r/a" });
    assert.deepEqual(await keysOf(store), ["b", "c"]);
    await db.remove({ version: { $exists: true } }, { multi: true });
    assert.deepEqual(await keysOf(store), []);
    assert.deepEqual(await store.getMany(["a", "b"]), [undefined, undefined]);
    assert.deepEqual(await store.write([entryAt("a", 1)]), ["written"]);
    await db.__original.compactDatafileAsync();
    await store.close();
    const reopened = nedbStore(Datastore.create(file));
    assert.deepEqual(await collect(reopened.entries()), [entryAt("a", 1)]);
    await reopened.close();
  }),
);

test("a document that a TTL index of the task removes is not listed, and may be written again", {
  timeout: PATIENCE_MS,
}, async () => {
  const db = new SealdDatastore({ inMemoryOnly: true, timestampData: true });
  const store = nedbStore(db);
  await store.write([entryAt("a", 2), entryAt("b", 2)]);
  assert.deepEqual(await keysOf(store), ["a", "b"]);
  await db.ensureIndexAsync({ fieldName: "createdAt", expireAfterSeconds: 0.001 });
  while ((await keysOf(store)).length > 0);
  assert.deepEqual(await store.getMany(["a", "b"]), [undefined, undefined]);
  await db.removeIndexAsync("createdAt");
  assert.deepEqual(await store.write([entryAt("a", 1), entryAt("b", 1)]), ["written", "written"]);
  assert.equal(store.changes, undefined); // it cannot know, so it does not report that nothing changed
});

test("documents with a key that is not ours are not listed, and do not cut a page short", async () => {
  const db = new SealdDatastore({ inMemoryOnly: true });
  const store = nedbStore(db);
  const odd = ["", "a b", "a\nb", "aé", "é", "a".repeat(814)];
  await db.insertAsync(odd.map((key) => ({ _id: `dbsharing/r/${key}`, version: entryAt(key, 1).version, text: "{}" })));
  await store.write([entryAt("a", 1), entryAt("b", 1)]);
  assert.deepEqual(await keysOf(store), ["a", "b"]);
  assert.deepEqual(await collect(store.entries({ limit: 2 })), [entryAt("a", 1), entryAt("b", 1)]);
});

test(
  "a record that an index of the task refuses does not keep later ones out",
  withFile(async (file) => {
    const db = Datastore.create(file);
    await db.ensureIndex({ fieldName: "owner", unique: true });
    const store = nedbStore(db);
    await store.write([entryAt("a", 1)]); // one document may lack the field
    await assert.rejects(store.write([entryAt("b", 1)]), /unique constraint/);
    await assert.rejects(store.write([entryAt("a", 2), entryAt("b", 1)]), /unique constraint/);
    assert.deepEqual(await store.write([entryAt("a", 3)]), ["written"]);
    await db.removeIndex("owner");
    assert.deepEqual(await store.write([entryAt("b", 1), entryAt("c", 1)]), ["written", "written"]);
    await store.close();
    const reopened = nedbStore(Datastore.create(file));
    assert.deepEqual(await collect(reopened.entries()), [entryAt("a", 3), entryAt("b", 1), entryAt("c", 1)]);
    await reopened.close();
  }),
);

test("a long message of the driver is cut", async () => {
  const db = new SealdDatastore({ inMemoryOnly: true });
  const store = nedbStore(db);
  await store.getMany([]);
  db.findAsync = () => Promise.reject(new Error("x".repeat(20_000)));
  await assert.rejects(store.getMany(["a"]), /^Error: nedbStore could not read 1 key: x{299}…$/);
});

function withFile(check) {
  return async () => {
    const directory = await mkdtemp(join(tmpdir(), "dbsharing-nedb-"));
    try {
      await check(join(directory, "task.db"));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  };
}

async function keysOf(store) {
  return (await collect(store.versions())).map(({ key }) => key);
}
