// Tests of the changes that the sqlite store reports when others write: other stores, processes of this version and of 0.1.0, and
// an operator's own statements; and of its behaviour when the file is restored to an older state.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync } from "node:fs";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { sqliteStore } from "../../js/stores/sqlite.js";
import { RELEASED, importFrom, whyNotReleased } from "../bench/packages.js";
import { collect, entryAt, sharedKeys } from "./entries.js";
import { followerOf, reportedBy, versionsIn } from "./follower.js";
import { assertBothReported, assertTakenOver } from "./released-beside.js";
import { fileTests } from "./sqlite-files.js";

const run = promisify(execFile);
const WRITER = fileURLToPath(new URL("sqlite-writer.js", import.meta.url));
const LIST = "dbsharing_records_dbsharing_changes";
const columnsOf = (db) =>
  db
    .prepare("select name from pragma_table_info('dbsharing_records') order by name")
    .all()
    .map(({ name }) => name);

export function changesTests(test, driver) {
  const testFile = fileTests(test, driver);

  testFile("every statement of an operator is reported", async ({ store, open }) => {
    const follower = await followerOf(store);
    const other = await open();
    const version = (timestamp) => entryAt("", timestamp).version;
    const reports = async (sql, wanted) => {
      other.exec(sql);
      assert.deepEqual(reportedBy(await follower.look()), wanted, sql);
    };
    const values = (key, timestamp) => `(key, version, text) values ('${key}', '${version(timestamp)}', '{}')`;
    await reports(`insert into dbsharing_records ${values("a", 1)}`, { a: 1 });
    await reports(`insert or ignore into dbsharing_records ${values("a", 2)}, ('b', '${version(2)}', '{}')`, { b: 2 });
    for (const on of ["off", "on"]) {
      other.exec(`pragma recursive_triggers = ${on}`);
      await reports(`insert or replace into dbsharing_records ${values("a", 3)}`, { a: 3 });
      await reports(`replace into dbsharing_records ${values("a", 4)}`, { a: 4 });
    }
    await reports(`update or fail dbsharing_records set version = '${version(5)}' where key = 'a'`, { a: 5 });
    await reports(`update or ignore dbsharing_records set key = 'b' where key = 'a'`, {});
    await reports(`update or ignore dbsharing_records set key = 'c' where key = 'a'`, { a: null, c: 5 });
    await reports(`update or replace dbsharing_records set key = 'b' where key = 'c'`, { b: 5, c: null });
    await reports(`insert into dbsharing_records ${values("d", 1)}; delete from dbsharing_records where key = 'd'`, {
      d: null,
    });
    await reports(`delete from dbsharing_records`, { b: null });
    await reports(`begin; insert into dbsharing_records ${values("e", 1)}; rollback`, {});
    await reports(`create table task (key text); insert into task values ('e'); drop table task`, {});
  });

  testFile("rows that are not entries count as absent", async ({ db, store }) => {
    const follower = await followerOf(store);
    await store.write(["b", "d"].map((key) => entryAt(key, 1)));
    const { version } = entryAt("", 1);
    for (const key of ["'a key'", "'é'", "''", "x'61'", "'c\nc'", `'${"k".repeat(900)}'`]) {
      db.exec(`insert into dbsharing_records (key, version, text) values (${key}, '${version}', '{}')`);
    }
    db.exec(`insert into dbsharing_records (key, version, text) values ('c', '${version}', x'7b7d')`);
    assert.deepEqual(await collect(store.entries()), [entryAt("b", 1), entryAt("d", 1)]);
    assert.deepEqual(
      (await collect(store.entries({ limit: 2 }))).map(({ key }) => key),
      ["b", "d"],
    );
    assert.deepEqual(await store.getMany(["c"]), [undefined]);
    assert.deepEqual(reportedBy(await follower.look()), { b: 1, c: 1, d: 1 });
  });

  testFile("the first mark needs no table, and a look needs no write", async ({ db, store, open }) => {
    const follower = await followerOf(store);
    const before = db.prepare("select total_changes() as count").all()[0].count;
    assert.deepEqual(await follower.look(), []);
    assert.equal(db.prepare("select total_changes() as count").all()[0].count, before);
    await sqliteStore(await open()).write([entryAt("a", 1)]);
    assert.deepEqual(reportedBy(await follower.look()), { a: 1 });
  });

  testFile(
    "while processes write hard and one removes, the looks together report everything",
    async ({ path, store, open }) => {
      const [shares, versions, keys] = [2, 30, 150];
      const follower = await followerOf(store);
      const beside = sqliteStore(await open());
      let underWay = true;
      const writing = Promise.all(
        Array.from({ length: shares }, (_, share) =>
          run(process.execPath, [WRITER, driver, path, share, shares, versions, keys].map(String)),
        ),
      ).finally(() => (underWay = false));
      const removing = (async () => {
        for (let at = 0; underWay; at += 1) {
          const [entry] = await beside.getMany([sharedKeys(keys)[(at * 7) % keys]]);
          if (entry) await beside.remove([entry]);
        }
      })();
      while (underWay) await follower.look();
      await Promise.all([writing, removing]);
      await follower.look();
      assert.deepEqual(follower.held, await versionsIn(store));
    },
  );

  testFile("the list keeps the last 10 000 changes, and a later reader reads everything", async ({ db, store }) => {
    const old = (await store.changes()).mark;
    const write = (timestamp) => store.write(sharedKeys(1000).map((key) => entryAt(key, timestamp)));
    for (let timestamp = 1; timestamp <= 10; timestamp += 1) await write(timestamp);
    assert.equal((await store.changes(old)).entries.length, 1000, "10 000 changes are reported");
    for (let timestamp = 11; timestamp <= 25; timestamp += 1) await write(timestamp);
    const { mark, entries } = await store.changes(old);
    assert.equal(entries, undefined);
    const { count } = db.prepare(`select count(*) as count from ${LIST}`).all()[0];
    assert.ok(count >= 10_000 && count <= 11_001, `${count} changes are in the list`);
    await write(26);
    assert.equal((await store.changes(mark)).entries.length, 1000);
  });

  testFile("the event loop is free while many changes are read", async ({ store }) => {
    const { mark } = await store.changes();
    const keys = Array.from({ length: 9000 }, (_, index) => `k${index}`);
    for (let at = 0; at < keys.length; at += 500) await store.write(keys.slice(at, at + 500).map((key) => entryAt(key, 1)));
    let turns = 0;
    let ended = false;
    (function count() {
      turns += 1;
      if (!ended) setImmediate(count);
    })();
    assert.equal((await store.changes(mark)).entries.length, 9000);
    ended = true;
    assert.ok(turns >= 9, `${turns} turns`);
  });

  testFile("a file that is restored to an older state is read again", async ({ path, store, open }) => {
    const other = sqliteStore(await open());
    await store.write([entryAt("a", 1)]);
    const follower = await followerOf(store);
    await other.write([entryAt("b", 1)]);
    copyFileSync(path, `${path}.older`);
    await other.write([entryAt("c", 1), entryAt("d", 1)]);
    await follower.look();
    copyFileSync(`${path}.older`, path);
    assert.equal(await follower.look(), undefined, "the mark is ahead of the file");
    assert.deepEqual([...follower.held.keys()], ["a", "b"]);
    await other.write([entryAt("c", 2), entryAt("d", 2)]);
    await follower.look();
    copyFileSync(`${path}.older`, path);
    for (const key of ["e", "f", "g"]) await other.write([entryAt(key, 1)]);
    assert.equal(await follower.look(), undefined, "the mark's number was used again");
    assert.deepEqual([...follower.held.keys()], ["a", "b", "e", "f", "g"]);
  });

  testFile("what a store wrote itself is missed after the file was restored", async ({ path, store, open }) => {
    const follower = await followerOf(store);
    await store.write([entryAt("a", 1)]);
    await follower.look();
    copyFileSync(path, `${path}.older`);
    await store.write([entryAt("a", 2), entryAt("b", 1)]);
    copyFileSync(`${path}.older`, path);
    assert.equal(await follower.look(), undefined);
    assert.deepEqual(follower.held, new Map([["a", entryAt("a", 1).version]]));
    await sqliteStore(await open()).write([entryAt("c", 1)]);
    assert.deepEqual(reportedBy(await follower.look()), { c: 1 }, "it is missed only once");
  });

  testFile("triggers, lists and tables that are dropped are made again, and everything is read", async ({ store, open }) => {
    const follower = await followerOf(store);
    const other = await open();
    for (const fault of [
      `drop trigger dbsharing_records_dbsharing_insert`,
      `drop table ${LIST}; drop trigger dbsharing_records_dbsharing_insert; drop trigger dbsharing_records_dbsharing_update;
        drop trigger dbsharing_records_dbsharing_delete`,
      `drop table dbsharing_records; create table dbsharing_records (
        key text not null primary key collate binary, version text not null, text text not null) without rowid`,
      `delete from ${LIST}`,
    ]) {
      other.exec(fault);
      other.exec(`insert into dbsharing_records (key, version, text) values ('unseen', '${entryAt("", 1).version}', '{}')`);
      assert.equal(await follower.look(), undefined, fault);
      assert.ok(follower.held.has("unseen"));
      other.exec(`delete from dbsharing_records`);
      assert.deepEqual(reportedBy(await follower.look()), { unseen: null });
    }
  });

  testFile("what the task rolls back on the same connection is not believed", async ({ db, store }) => {
    const follower = await followerOf(store);
    db.exec(`begin; insert into dbsharing_records (key, version, text) values ('a', '${entryAt("a", 1).version}', '{}')`);
    assert.deepEqual(reportedBy(await follower.look()), { a: 1 });
    db.exec("rollback");
    await store.write([entryAt("b", 1)]);
    assert.equal(await follower.look(), undefined);
    assert.deepEqual([...follower.held.keys()], ["b"]);
  });

  testFile("the triggers are not made inside a transaction of the task", async ({ db, store }) => {
    db.exec("begin");
    assert.equal(await store.changes(), undefined);
    db.exec("rollback");
    assert.equal(store.warning, undefined);
    assert.ok((await store.changes()).mark);
  });

  testFile("a file that is opened read-only is read", async ({ store, open }) => {
    await store.write([entryAt("a", 1)]);
    const readOnly = sqliteStore(await open({ readOnly: true }));
    assert.deepEqual(await readOnly.getMany(["a"]), [entryAt("a", 1)]);
    assert.deepEqual(await collect(readOnly.entries()), [entryAt("a", 1)]);
    assert.equal(await readOnly.changes(), undefined, "there are no triggers, and none can be made");
    assert.match(readOnly.warning, /cannot see immediately .*readonly.*; open the file once with the right to write/);
    await assert.rejects(readOnly.write([entryAt("a", 2)]), /readonly/);
    await store.changes();
    const follower = await followerOf(readOnly);
    assert.equal(readOnly.warning, undefined);
    await store.write([entryAt("a", 2)]);
    assert.deepEqual(reportedBy(await follower.look()), { a: 2 });
  });

  const released = (name, check) => {
    if (whyNotReleased()) return;
    testFile(name, async (given) => check({ ...given, released: await importFrom(RELEASED, "js/stores/sqlite.js") }));
  };

  released("a file of 0.1.0 is taken over, and 0.1.0 reads and writes it as before", ({ db, open, released }) =>
    assertTakenOver({
      openReleased: async () => released.sqliteStore(await open()),
      openStore: () => sqliteStore(db),
      columns: () => columnsOf(db),
    }),
  );

  released("what a process of 0.1.0 writes beside a new one is reported", ({ path, store }) => {
    const runWriter = (share) => run(process.execPath, [WRITER, driver, path, ...share].map(String));
    return assertBothReported(store, { versions: 30, keys: 150, runWriter });
  });
}
