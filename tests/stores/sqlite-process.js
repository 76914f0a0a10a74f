// Every test of the sqlite store with one driver, in the runtime that runs this: sqlite-process.js DRIVER.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { sqliteStore } from "../../js/stores/sqlite.js";
import { collect, entryAt, sharedKeys } from "./entries.js";
import { changesTests } from "./sqlite-changes.js";
import { fileTests } from "./sqlite-files.js";
import { lockTests } from "./sqlite-locks.js";
import { printTests } from "./tests-in-process.js";

const run = promisify(execFile);
const driver = process.argv[2];
const tests = [];
const test = (name, body) => tests.push({ name, body });
const testFile = fileTests(test, driver);

testFile("other data in the file is neither read nor changed", async ({ db, store }) => {
  db.exec("create table task (key text); insert into task values ('a')");
  await store.write([entryAt("b", 1)]);
  assert.deepEqual(await collect(store.entries()), [entryAt("b", 1)]);
  assert.equal(db.prepare("select group_concat(key) as keys from task").all()[0].keys, "a");
});

testFile("two stores over one file keep the greater version, whichever writes last", async ({ db, store, open }) => {
  const [beside, elsewhere] = [sqliteStore(db), sqliteStore(await open())];
  const writes = [store.write([entryAt("a", 2)]), beside.write([entryAt("a", 3)]), elsewhere.write([entryAt("a", 1)])];
  await Promise.all(writes);
  assert.deepEqual(await store.getMany(["a"]), [entryAt("a", 3)]);
});

testFile("every other connection sees an acknowledged write", async ({ store, open }) => {
  await store.write([entryAt("a", 1)]);
  const other = await open();
  assert.deepEqual(
    other
      .prepare("select key from dbsharing_records")
      .all()
      .map(({ key }) => key),
    ["a"],
  );
});

testFile("a connection writes with SQLite's full safety unless the task sets another level", async ({ db, store }) => {
  await store.write([entryAt("a", 1)]);
  assert.equal(db.prepare("pragma synchronous").all()[0].synchronous, 2);
});

testFile("a batch that the database refuses in the middle is rolled back whole", async ({ db, store }) => {
  await store.write([entryAt("a", 1)]);
  db.exec(`create trigger refuse before insert on dbsharing_records when new.key = 'c'
    begin select raise(abort, 'c is refused'); end`);
  const batch = [entryAt("a", 2), entryAt("b", 1), entryAt("c", 1)];
  await assert.rejects(store.write(batch), /sqliteStore could not write 3 entries: .*c is refused/);
  assert.deepEqual(await collect(store.entries()), [entryAt("a", 1)]);
  assert.deepEqual(await store.write([entryAt("a", 2)]), ["written"]);
});

testFile("a transaction of the task is neither joined nor rolled back", async ({ db, store }) => {
  await store.write([entryAt("a", 1)]);
  db.exec("create table task (key text); begin; insert into task values ('mine')");
  await assert.rejects(store.write([entryAt("a", 2)]), /could not write 1 entry/);
  db.exec("commit");
  assert.equal(db.prepare("select key from task").all()[0].key, "mine");
  assert.deepEqual(await store.write([entryAt("a", 2)]), ["written"]);
});

testFile("the table is not made inside a transaction of the task", async ({ db, store }) => {
  db.exec("begin");
  assert.deepEqual(await store.getMany(["a"]), [undefined]);
  await assert.rejects(store.write([entryAt("a", 1)]), /could not write 1 entry/);
  db.exec("rollback");
  assert.deepEqual(await store.write([entryAt("a", 1)]), ["written"]);
});

testFile("a file that another connection holds is tried again, with the event loop free", async ({ db, store, open }) => {
  await store.write([entryAt("a", 1)]);
  const other = await open();
  other.exec("begin exclusive");
  const exec = db.exec.bind(db);
  let tries = 0;
  db.exec = (sql) => {
    if (sql === "begin immediate" && ++tries === 3) other.exec("rollback");
    return exec(sql);
  };
  assert.deepEqual(await store.write([entryAt("a", 2)]), ["written"]);
  assert.equal(tries, 3);
});

testFile("a read waits for the file as a write does", async ({ store, open }) => {
  await store.write([entryAt("a", 1)]);
  const other = await open();
  other.exec("begin exclusive");
  const reading = Promise.all([store.getMany(["a"]), collect(store.entries()), collect(store.versions())]);
  await new Promise((resolve) => setImmediate(resolve));
  other.exec("rollback");
  const [many, entries, versions] = await reading;
  assert.deepEqual(many, entries);
  assert.equal(versions.length, 1);
});

testFile("a file that stays locked is a failure whose cause is SQLite's own error", async ({ store, open }) => {
  await store.write([entryAt("a", 1)]);
  const other = await open();
  other.exec("begin exclusive");
  const failures = await Promise.allSettled([store.getMany(["a"]), store.write([entryAt("a", 2)])]);
  other.exec("rollback");
  for (const { reason } of failures) assert.match(reason.cause.message, /database is locked/);
  assert.deepEqual(await store.getMany(["a"]), [entryAt("a", 1)]);
});

testFile("a read that was left in the middle holds no lock", async ({ store, open }) => {
  await store.write(sharedKeys(1000).map((key) => entryAt(key, 1)));
  for await (const { key } of store.entries()) if (key === "key/300") break;
  const other = await open();
  other.exec("begin exclusive; rollback");
});

testFile("the event loop is free while much is read", async ({ store }) => {
  const keys = Array.from({ length: 2000 }, (_, index) => `k${index}`);
  await store.write(keys.map((key) => entryAt(key, 1)));
  const turnsDuring = async (work) => {
    let turns = 0;
    let ended = false;
    (function count() {
      turns += 1;
      if (!ended) setImmediate(count);
    })();
    await work;
    ended = true;
    return turns;
  };
  assert.ok((await turnsDuring(store.getMany(keys))) >= 10);
  assert.ok((await turnsDuring(collect(store.entries()))) >= 10);
});

testFile("texts that SQLite or UTF-8 would change are refused", async ({ store }) => {
  for (const text of ["a\u0000b", "\ud800", "\udc00\ud800"]) {
    await assert.rejects(store.write([entryAt("b", 1), { ...entryAt("a", 1), text }]), TypeError);
  }
  assert.deepEqual(await collect(store.entries()), []);
});

testFile("a closed database is a failure, never absence", async ({ db, store }) => {
  await store.write([entryAt("a", 1)]);
  db.close();
  await assert.rejects(store.getMany(["a"]), /^Error: sqliteStore could not read 1 key: ./);
  await assert.rejects(collect(store.entries()), /could not list its entries: ./);
  await assert.rejects(collect(store.versions()), /could not list its versions: ./);
  await assert.rejects(store.write([entryAt("a", 2)]), /could not write 1 entry: ./);
});

testFile("a table that was dropped is a failure, never absence", async ({ db, store }) => {
  await store.write([entryAt("a", 1)]);
  db.exec("drop table dbsharing_records");
  await assert.rejects(store.getMany(["a"]), /no such table/);
  await assert.rejects(store.write([entryAt("a", 2)]), /no such table/);
});

testFile("closing the store leaves the database open", async ({ db, store }) => {
  await store.write([entryAt("a", 1)]);
  await store.close();
  assert.deepEqual(await sqliteStore(db).getMany(["a"]), [entryAt("a", 1)]);
});

testFile("processes that write the same keys at the same time end with the greatest versions", async ({ path, store }) => {
  const [shares, versions, keys] = [3, 30, 200];
  const writer = fileURLToPath(new URL("sqlite-writer.js", import.meta.url));
  const written = await Promise.all(
    Array.from({ length: shares }, async (_, share) => {
      const args = [writer, driver, path, share, shares, versions, keys].map(String);
      return Number((await run(process.execPath, args)).stdout);
    }),
  );
  assert.deepEqual(
    await collect(store.entries()),
    sharedKeys(keys).map((key) => entryAt(key, versions)),
  );
  const total = written.reduce((sum, count) => sum + count);
  assert.ok(total >= keys && total <= keys * versions, `${total} written`);
  assert.equal(total % keys, 0, "a batch of all keys is written whole or stale whole");
});

test("what is not a SQLite database is refused with a message that names it", () => {
  for (const wrong of [undefined, null, "./records", {}, { exec() {} }]) {
    assert.throws(() => sqliteStore(wrong), {
      name: "TypeError",
      code: "OPTION_INVALID",
      message: /^sqliteStore\(db\) got .+; wanted a SQLite database/,
    });
  }
});

test("an asynchronous driver is refused before anything looks absent", async () => {
  const store = sqliteStore({ exec() {}, prepare: () => ({ all: async () => [] }) });
  await assert.rejects(store.getMany(["a"]), /returned no array of rows; wanted a synchronous driver/);
  await assert.rejects(store.write([entryAt("a", 1)]), /returned no array of rows; wanted a synchronous driver/);
});

testFile("each name has records of its own, and their changes", async ({ db, open }) => {
  const [one, other] = [sqliteStore(db, { name: "one" }), sqliteStore(await open(), { name: "other$1" })];
  const { mark } = await one.changes();
  await one.write([entryAt("a", 1)]);
  await other.write([entryAt("b", 1)]);
  assert.deepEqual(await collect(one.entries()), [entryAt("a", 1)]);
  assert.deepEqual(
    (await one.changes(mark)).entries.map(({ key }) => key),
    ["a"],
  );
  assert.deepEqual(await collect(other.entries()), [entryAt("b", 1)]);
});

testFile("one place is claimed by one collection", async ({ db, store, open }) => {
  store.claim("linktree");
  sqliteStore(db).claim("linktree");
  const spelledOtherwise = sqliteStore(db, { name: "DBSHARING_RECORDS" });
  assert.throws(() => spelledOtherwise.claim("profiles"), /"profiles".*"linktree".*sqliteStore\(db, \{ name \}\)/);
  sqliteStore(db, { name: "profiles" }).claim("profiles");
  sqliteStore(await open()).claim("profiles");
});

test("an invalid name is refused", () => {
  const db = { exec() {}, prepare() {} };
  for (const name of ["", "a b", 'a"b', "a.b", "1a", "ä", "a'; drop table b", "a".repeat(64), "sqlite_records", null, 7]) {
    assert.throws(() => sqliteStore(db, { name }), {
      name: "TypeError",
      code: "OPTION_INVALID",
      message: /\{ name \}\) got .+; wanted a name like "records"/,
    });
  }
});

changesTests(test, driver);
lockTests(test, driver);

await printTests(tests);
