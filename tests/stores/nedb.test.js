import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import SealdDatastore from "@seald-io/nedb";
import Datastore from "nedb-promises";

import { nedbStore } from "../../js/stores/nedb.js";
import { collect, entryAt } from "./entries.js";

const FOREIGN = [
  { _id: "a", text: "not a record", version: 1 },
  { _id: "dbsharing", a: 1 },
  { _id: "dbsharing/", a: 2 },
  { _id: "dbsharing/r", a: 3 },
  { _id: "dbsharing/r0", a: 4 },
  { _id: "dbsharing/s/a", a: 5 },
  { _id: "zzz", taskId: "t", when: new Date(0) },
];

const LINE_BREAKS = ["\n", "\v", "\f", "\r", "\r\n", "\u0085", "\u2028", "\u2029", "\u001c"];
const ODD_TEXTS = [
  ...LINE_BREAKS,
  `{"a":"${LINE_BREAKS.slice(5).join("")}"}`,
  "\u001a",
  "\u001a8\u001a\u001a0\u2028\u001a",
  "\u001a0\u001a5\u001a9",
  '"\\u2028\\u001a"',
  '{"$$date":1700000000000,"$$deleted":true,"a.b":{"$set":1}}',
];

test(
  "every character comes back after a restart, and the other documents too",
  withFile(async (file) => {
    const db = Datastore.create(file);
    await db.insert(FOREIGN);
    const store = nedbStore(db);
    const keys = ["a", "a.b", "$set", "dbsharing/r/a", "_id", "~", "!", ...ODD_TEXTS.keys()].map(String);
    const entries = keys.map((key, index) => ({ ...entryAt(key, 1), text: ODD_TEXTS[index % ODD_TEXTS.length] }));
    await store.write(entries);
    await store.write(entries.map((entry) => ({ ...entry, ...versionAt(2) })));
    await store.close();
    assert.doesNotMatch(await readFile(file, "utf8"), /[\u0085\u2028\u2029]/);

    const again = Datastore.create(file);
    const reopened = nedbStore(again);
    const wanted = entries.map((entry) => ({ ...entry, ...versionAt(2) }));
    assert.deepEqual(await reopened.getMany(keys), wanted);
    assert.deepEqual(await collect(reopened.entries()), [...wanted].sort(byKey));
    assert.deepEqual((await foreignIn(again)).sort(byId), [...FOREIGN].sort(byId));
    await reopened.close();
  }),
);

test(
  "other documents of the datastore are not listed",
  withFile(async (file) => {
    const db = Datastore.create(file);
    await db.insert(FOREIGN);
    const store = nedbStore(db);
    assert.deepEqual(await collect(store.entries()), []);
    assert.deepEqual(await collect(store.versions()), []);
    await store.write([entryAt("a", 1), entryAt("b", 1)]);
    assert.deepEqual(await collect(store.entries()), [entryAt("a", 1), entryAt("b", 1)]);
    await store.close();
  }),
);

test(
  "records survive a compaction while they are written",
  withFile(async (file) => {
    const db = new SealdDatastore({ filename: file, autoload: true });
    await db.insertAsync(FOREIGN);
    const store = nedbStore(db);
    const compactions = [];
    for (let round = 1; round <= 20; round += 1) {
      compactions.push(db.compactDatafileAsync());
      await store.write([entryAt("a", round), entryAt("b", round)]);
    }
    await Promise.all(compactions);
    await store.close();
    const again = Datastore.create(file);
    const reopened = nedbStore(again);
    assert.deepEqual(await collect(reopened.entries()), [entryAt("a", 20), entryAt("b", 20)]);
    assert.equal((await foreignIn(again)).length, FOREIGN.length);
    await reopened.close();
  }),
);

test(
  "two stores over one datastore share their lock",
  withFile(async (file) => {
    const db = Datastore.create(file);
    const [first, second] = [nedbStore(db), nedbStore(db)];
    const outcomes = await Promise.all([first.write([entryAt("a", 2)]), second.write([entryAt("a", 1)])]);
    assert.deepEqual(outcomes, [["written"], ["stale"]]);
    await first.close();
    assert.deepEqual(await second.getMany(["a"]), [entryAt("a", 2)]);
    await second.close();
  }),
);

test(
  "a second datastore object over one file is refused until the first's store is closed",
  withFile(async (file) => {
    const first = nedbStore(Datastore.create(file));
    const locked = { code: "NEDB_LOCKED", message: /another datastore object has a store over .*; use that one/ };
    assert.throws(() => nedbStore(new SealdDatastore({ filename: file })), locked);
    await first.close();
    await first.close();
    const second = nedbStore(Datastore.create(file));
    assert.throws(() => nedbStore(Datastore.create(file)), locked);
    await second.close();
  }),
);

test("each datastore in memory is separate", async () => {
  const [first, second] = [nedbStore(Datastore.create()), nedbStore(Datastore.create())];
  await first.write([entryAt("a", 1)]);
  assert.deepEqual(await second.getMany(["a"]), [undefined]);
});

test(
  "a batch that a process left in the journal is finished before anything is read",
  withFile(async (file) => {
    const db = Datastore.create(file);
    const store = nedbStore(db);
    await store.write([entryAt("a", 1), entryAt("b", 5)]);
    await store.close();
    const documents = [entryAt("a", 2), entryAt("b", 4), entryAt("c", 1)].map(({ key, ...rest }) => ({
      _id: `dbsharing/r/${key}`,
      ...rest,
    }));
    await db.insert({ _id: "dbsharing/journal", documents });
    const again = Datastore.create(file);
    const reopened = nedbStore(again);
    assert.deepEqual(await collect(reopened.entries()), [entryAt("a", 2), entryAt("b", 5), entryAt("c", 1)]);
    assert.equal(await again.findOne({ _id: "dbsharing/journal" }), null);
    await reopened.close();
  }),
);

// The database fails at each of its calls in turn, before it does anything or after its memory has changed, as it does
// when the disk is full.
for (const when of ["before its memory changes", "after its memory has changed"]) {
  test(`a batch whose database fails ${when} leaves nothing`, async () => {
    let failures = 0;
    for (let failingCall = 0; ; failingCall += 1) {
      const db = new SealdDatastore({ inMemoryOnly: true });
      await db.insertAsync(FOREIGN);
      const store = nedbStore(db);
      const before = [entryAt("a", 1), entryAt("b", 1), entryAt("c", 1)];
      await store.write(before);
      const mend = failAt(db, failingCall, when.startsWith("after"));
      const outcome = await store.write([entryAt("a", 2), entryAt("b", 2), entryAt("d", 1)]).catch((error) => error);
      const isReached = mend();
      const held = await collect(store.entries());
      if (outcome instanceof Error) {
        failures += 1;
        assert.match(outcome.message, /nedbStore could not write 3 entries: the disk is full/);
        assert.deepEqual(held, before);
      } else {
        assert.deepEqual(outcome, ["written", "written", "written"]);
        assert.deepEqual(held, [entryAt("a", 2), entryAt("b", 2), entryAt("c", 1), entryAt("d", 1)]);
      }
      assert.deepEqual(await store.write([entryAt("a", 3)]), ["written"]);
      assert.equal((await foreignIn(db)).length, FOREIGN.length);
      if (!isReached) break;
    }
    assert.equal(failures, 4); // the journal, the new entries, and each of the two others
  });
}

/** Makes the writing call with this number fail; returns a function that undoes this and returns whether it was reached. */
function failAt(db, number, isAfter) {
  let calls = 0;
  const names = ["insertAsync", "updateAsync", "removeAsync"];
  for (const name of names) {
    db[name] = async (...args) => {
      const isFailing = calls === number;
      calls += 1;
      if (!isFailing) return SealdDatastore.prototype[name].apply(db, args);
      if (isAfter) await SealdDatastore.prototype[name].apply(db, args);
      throw new Error("the disk is full");
    };
  }
  return () => {
    names.forEach((name) => delete db[name]);
    return calls > number;
  };
}

test(
  "a record that violates a unique index of the task is an error, and costs no document",
  withFile(async (file) => {
    const db = Datastore.create(file);
    await db.insert(FOREIGN);
    await db.ensureIndex({ fieldName: "owner", unique: true, sparse: true });
    const store = nedbStore(db);
    await store.write([entryAt("a", 1), entryAt("b", 1)]);
    await db.removeIndex("owner");
    await db.remove({ _id: { $regex: /^dbsharing\/r\// } }, { multi: true });
    await db.remove({ _id: { $in: FOREIGN.slice(1).map(({ _id }) => _id) } }, { multi: true });
    await db.ensureIndex({ fieldName: "owner", unique: true });
    await assert.rejects(store.write([entryAt("a", 1)]), /could not write 1 entry: .*unique constraint/);
    assert.deepEqual(await db.find({}), [FOREIGN[0]]);
    await store.close();
  }),
);

test("a failed read reports what failed and why, and is never taken for absence", async () => {
  const db = new SealdDatastore({ inMemoryOnly: true });
  const store = nedbStore(db);
  await store.write([entryAt("a", 1)]);
  db.findAsync = () => Promise.reject(new Error("out of reach"));
  await assert.rejects(store.getMany(["a"]), (error) => {
    assert.equal(error.message, "nedbStore could not read 1 key: out of reach");
    assert.equal(error.cause.message, "out of reach");
    return true;
  });
  await assert.rejects(collect(store.entries()), /could not list its entries: out of reach/);
  await assert.rejects(collect(store.versions()), /could not list its versions: out of reach/);
  delete db.findAsync;
  assert.deepEqual(await store.getMany(["a"]), [entryAt("a", 1)]);
});

test("a damaged document counts as older than any record, so a good copy replaces it", async () => {
  const db = Datastore.create();
  const store = nedbStore(db);
  await db.insert({ _id: "dbsharing/r/a", version: 7, text: null });
  assert.deepEqual(await store.getMany(["a"]), [{ key: "a", version: "", text: "" }]);
  assert.deepEqual(await store.write([entryAt("a", 1)]), ["written"]);
  assert.deepEqual(await store.getMany(["a"]), [entryAt("a", 1)]);
});

test("what is not a datastore is refused with a message that names it", () => {
  for (const wrong of [undefined, null, "./records.db", {}, new Map()]) {
    const refusal = {
      name: "TypeError",
      code: "OPTION_INVALID",
      message: /nedbStore\(datastore\) got .+; wanted a NeDB datastore/,
    };
    assert.throws(() => nedbStore(wrong), refusal);
  }
  const sorted = Datastore.create({ compareStrings: (one, other) => one.localeCompare(other) });
  assert.throws(() => nedbStore(sorted), { name: "TypeError", message: /with compareStrings; wanted one without it/ });
});

function withFile(check) {
  return async () => {
    const { file, remove } = await folder();
    try {
      await check(file);
    } finally {
      await remove();
    }
  };
}

async function folder() {
  const directory = await mkdtemp(join(tmpdir(), "dbsharing-nedb-"));
  return { file: join(directory, "task.db"), remove: () => rm(directory, { recursive: true, force: true }) };
}

async function foreignIn(db) {
  return (await db.find({})).filter(({ _id }) => !/^dbsharing\/(r\/|journal$)/.test(_id));
}

function versionAt(timestamp) {
  return { version: `${timestamp.toString(16).padStart(14, "0")}-${"0".repeat(64)}` };
}

function byKey(one, other) {
  return one.key < other.key ? -1 : 1;
}

function byId(one, other) {
  return one._id < other._id ? -1 : 1;
}
