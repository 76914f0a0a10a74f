// The postgres store over a real server, and over PGlite without a server. Its contract with other drivers: contract.test.js.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";

import { postgresStore } from "../../js/stores/postgres.js";
import { testStore } from "../../js/testing.js";
import { collect, entryAt, sharedKeys } from "./entries.js";
import { recording } from "./postgres-drivers.js";
import { freshTable, server, session, testServer, untilWaiting } from "./postgres-fixture.js";

const run = promisify(execFile);

const folder = mkdtempSync(join(tmpdir(), "dbsharing-pglite-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
let lite = new PGlite(folder);
after(() => lite.close());
const queryLite = (text, params) => lite.query(text, params);

testStore(
  () => {
    const table = freshTable();
    return {
      store: postgresStore({ query: queryLite, table }),
      another: () => postgresStore({ query: queryLite, table }),
      async reopen() {
        await lite.close();
        lite = new PGlite(folder);
        return postgresStore({ query: queryLite, table });
      },
    };
  },
  { test: (name, body) => test(`PGlite: ${name}`, body) },
);

testServer("the default table is made in the first schema of the search path", async ({ client }) => {
  await postgresStore(client).write([entryAt("a", 1)]);
  const { rows } = await client.query("select schemaname from pg_tables where tablename = 'dbsharing_records'", []);
  assert.deepEqual(rows, [{ schemaname: "public" }]);
});

testServer("a table is found by exactly its name, in its schema", async ({ client }) => {
  await client.query('create schema "Tasks"', []);
  const store = postgresStore({ ...client, table: "Tasks.Select" });
  await store.write([entryAt("a", 1)]);
  assert.equal((await client.query('select key from "Tasks"."Select"', [])).rows[0].key, "a");
});

testServer("a role that may not create tables uses the existing one", async ({ client, table, connect }) => {
  await postgresStore({ ...client, table }).write([entryAt("a", 1)]);
  await client.query(`create role ${table}_user login`, []);
  await client.query(`grant select, insert, update on ${table} to ${table}_user`, []);
  const store = postgresStore({ ...connect({ user: `${table}_user` }), table });
  assert.deepEqual(await store.write([entryAt("a", 2)]), ["written"]);
  const other = postgresStore({ ...connect({ user: `${table}_user` }), table: freshTable() });
  await assert.rejects(other.write([entryAt("a", 1)]), (error) => error.cause.code === "42501");
});

testServer("the slower of two processes that make the table uses it", async ({ client, table, connect }) => {
  const faster = await session(connect);
  await faster.query("begin");
  await faster.query(`create table ${table} (key text collate "C" primary key, version text, text text)`);
  const writing = postgresStore({ ...client, table }).write([entryAt("a", 1)]);
  await untilWaiting(1, table, faster);
  await faster.query("commit");
  assert.deepEqual(await writing, ["written"]);
});

testServer("all of many stores that make one table at the same time can write", async ({ connect, table }) => {
  const stores = Array.from({ length: 8 }, () => postgresStore({ ...connect(), table }));
  const outcomes = await Promise.all(stores.map((store, index) => store.write([entryAt(`key${index}`, 1)])));
  assert.deepEqual(
    outcomes,
    stores.map(() => ["written"]),
  );
});

testServer("the next call tries again to make a table that could not be made", async ({ client, table }) => {
  let failures = 0;
  const query = (text, params) => (failures++ === 0 ? Promise.reject(new Error("no network")) : client.query(text, params));
  const store = postgresStore({ query, table });
  await assert.rejects(store.write([entryAt("a", 1)]), /postgresStore could not write 1 entry: no network/);
  assert.deepEqual(await store.write([entryAt("a", 1)]), ["written"]);
});

testServer("a write that is the victim of a deadlock is repeated", async ({ client, table, connect }) => {
  const codes = [];
  const store = postgresStore({ query: recording(client.query, codes), table });
  await store.write([entryAt("a", 1), entryAt("b", 1), entryAt("c", 1)]);
  const [other, third] = [await session(connect), await session(connect)];
  await other.query("set deadlock_timeout = '1h'");
  for (const [who, key] of [
    [third, "b"],
    [other, "c"],
  ]) {
    await who.query("begin");
    await who.query(`update "${table}" set text = 'theirs' where key = '${key}'`);
  }
  const writing = store.write([entryAt("c", 2), entryAt("b", 2), entryAt("a", 2)]);
  await untilWaiting(1, table, third); // the store, for the third
  const waiting = other.query(`update "${table}" set text = 'theirs' where key = 'a'`);
  await untilWaiting(2, table, third); // the other, for the store
  await third.query("commit"); // so that the store closes the circle, and detects it
  await waiting;
  await other.query("commit");
  assert.deepEqual(await writing, ["written", "written", "written"]);
  assert.deepEqual(codes, ["40P01"]);
  assert.deepEqual(
    await store.getMany(["a", "b", "c"]),
    ["a", "b", "c"].map((key) => entryAt(key, 2)),
  );
});

testServer("a write that could not be serialized is repeated", async ({ table, connect }) => {
  const codes = [];
  const strict = connect({ options: "-c default_transaction_isolation=serializable" });
  const store = postgresStore({ query: recording(strict.query, codes), table });
  await store.write([entryAt("a", 1)]);
  const other = await session(connect);
  await other.query("begin");
  await other.query(`update ${table} set version = $1, text = 'theirs' where key = 'a'`, [entryAt("a", 2).version]);
  const writing = store.write([entryAt("a", 2), entryAt("a", 3)]);
  await untilWaiting(1, table, other);
  await other.query("commit");
  assert.deepEqual(await writing, ["stale", "written"]);
  assert.deepEqual(codes, ["40001"]);
});

testServer("a write waits for another, and its outcome follows from what that one left", async ({ client, table, connect }) => {
  const store = postgresStore({ ...client, table });
  await store.write([entryAt("a", 1)]);
  const other = await session(connect);
  await other.query("begin");
  await other.query(`update ${table} set version = $1, text = 'theirs' where key = 'a'`, [entryAt("a", 9).version]);
  const writing = store.write([entryAt("a", 5), entryAt("b", 1)]);
  await untilWaiting(1, table, other);
  await other.query("commit");
  assert.deepEqual(await writing, ["stale", "written"]);
});

testServer("processes that write the same keys at the same time end with the greatest versions", async ({ client, table }) => {
  const [shares, versions, keys] = [2, 40, 200];
  const writer = fileURLToPath(new URL("postgres-writer.js", import.meta.url));
  const reports = await Promise.all(
    Array.from({ length: shares }, async (_, share) => {
      const args = [writer, server.host, server.user, server.database, table, share, shares, versions, keys].map(String);
      return JSON.parse((await run(process.execPath, args)).stdout);
    }),
  );
  const entries = await collect(postgresStore({ ...client, table }).entries());
  assert.deepEqual(
    entries,
    sharedKeys(keys).map((key) => entryAt(key, versions)),
  );
  const total = reports.reduce((sum, { written }) => sum + written, 0);
  assert.ok(total >= keys && total <= keys * versions, `${total} written`);
  const deadlocks = reports.flatMap(({ codes }) => codes).filter((code) => code === "40P01");
  assert.deepEqual(deadlocks, [], "writers that lock in one order never wait in a circle");
});

testServer("a batch that the database refuses in the middle leaves nothing", async ({ client, table }) => {
  const store = postgresStore({ ...client, table });
  await store.write([entryAt("a", 1)]);
  await client.query(`alter table ${table} add check (key <> 'c')`, []);
  const batch = [entryAt("a", 2), entryAt("b", 1), entryAt("c", 1), entryAt("d", 1)];
  await assert.rejects(store.write(batch), (error) => error.cause.code === "23514");
  assert.deepEqual(await collect(store.entries()), [entryAt("a", 1)]);
});

testServer("texts that look like parts of an array come back unchanged", async ({ client, table }) => {
  const store = postgresStore({ ...client, table });
  const texts = ["NULL", "null", "{}", '{"a",b}', "\\", '"', "", " ", "'", "$1"];
  const entries = texts.map((text, index) => ({ ...entryAt(`key${index}`, 1), text }));
  await store.write(entries);
  assert.deepEqual(await collect(store.entries()), entries);
});

testServer("texts that PostgreSQL or UTF-8 cannot represent are refused", async ({ client, table }) => {
  const store = postgresStore({ ...client, table });
  for (const text of ["a\u0000b", "\ud800", "\udc00\ud800"]) {
    await assert.rejects(store.write([entryAt("b", 1), { ...entryAt("a", 1), text }]), TypeError);
  }
  assert.deepEqual(await collect(store.entries()), []);
});

testServer(
  "a pool of one connection is enough, and a read that is left in the middle releases it",
  async ({ connect, table }) => {
    const store = postgresStore({ ...connect({ max: 1 }), table });
    await store.write(sharedKeys(500).map((key) => entryAt(key, 1)));
    for await (const { key } of store.entries()) {
      assert.deepEqual(await store.getMany([key]), [entryAt(key, 1)]);
      if (key === "key/300") break;
    }
    assert.deepEqual(await store.write([entryAt("a", 1)]), ["written"]);
  },
);

testServer("closing the store waits for its writes and leaves the client open", async ({ client, table, connect }) => {
  const store = postgresStore({ ...client, table });
  await store.write([entryAt("a", 1)]);
  const other = await session(connect);
  await other.query("begin");
  await other.query(`select from ${table} where key = 'a' for update`);
  const writing = store.write([entryAt("a", 2)]);
  await untilWaiting(1, table, other);
  let isClosed = false;
  const closing = store.close().then(() => (isClosed = true));
  await other.query("select");
  assert.equal(isClosed, false);
  await other.query("commit");
  await closing;
  assert.deepEqual(await writing, ["written"]);
  assert.deepEqual(await postgresStore({ ...client, table }).getMany(["a"]), [entryAt("a", 2)]);
});

testServer("a failed call reports what failed and why, and is never taken for absence", async ({ client, table }) => {
  const store = postgresStore({ ...client, table });
  await store.write([entryAt("a", 1)]);
  await client.query(`drop table ${table}`, []);
  const noTable = (error) => error.cause.code === "42P01";
  await assert.rejects(store.getMany(["a"]), noTable);
  await assert.rejects(collect(store.entries()), noTable);
  await assert.rejects(collect(store.versions()), noTable);
  await assert.rejects(store.write([entryAt("a", 2)]), /postgresStore could not write 1 entry: relation .* does not exist/);
});
