// How the postgres store treats the clients, options and tables that it gets, and its messages about them.
import { letPass } from "../js/fixtures/shifted-clock.js"; // first: the package takes its clock at load
import assert from "node:assert/strict";
import { test } from "node:test";
import { PGlite } from "@electric-sql/pglite";
import pg from "pg";
import postgres from "postgres";
import { messageOf } from "../../js/core/errors.js";
import { postgresStore } from "../../js/stores/postgres.js";
import { collect, entryAt } from "./entries.js";
import { server, skip, testServer } from "./postgres-fixture.js";

testServer("rows in an unknown form are a failure, never absence", async ({ client, table }) => {
  await postgresStore({ ...client, table }).write([entryAt("a", 1)]);
  const asArrays = async (text, params) => (await client.query(text, params)).rows.map(Object.values);
  for (const query of [asArrays, async () => undefined, async () => ({ rowCount: 1 })]) {
    await assert.rejects(postgresStore({ query, table }).getMany(["a"]), /gave no rows; wanted an array of rows as objects/);
  }
});

test("the store gives up after ten seconds on a server that always asks to try again", async () => {
  let calls = 0;
  const failure = Object.assign(new Error("could not serialize access"), { code: "40001" });
  const query = () => {
    calls += 1;
    letPass(1000);
    return Promise.reject(failure);
  };
  await assert.rejects(postgresStore({ query }).getMany(["a"]), (error) => error.cause === failure);
  // Each takes a second of the store's clock, and real time passes besides.
  assert.ok(calls > 1 && calls <= 10, `${calls} calls`);
});

test("options that cannot work are refused with a message that names them", () => {
  for (const options of [undefined, {}, { query: "select 1" }]) {
    assert.throws(() => postgresStore(options), {
      name: "TypeError",
      code: "OPTION_INVALID",
      message: /\{ query \}\) got .+; wanted a function/,
    });
  }
  const query = async () => [];
  for (const table of ["", "a b", 'a"b', "a.b.c", "a.", "1a", "ä", "a;drop table b", "a".repeat(64), null, 7]) {
    assert.throws(() => postgresStore({ query, table }), {
      name: "TypeError",
      code: "OPTION_INVALID",
      message: /\{ table \}\) got .+; wanted a name/,
    });
  }
});

test("a pool, a client and PGlite can be given directly", { skip }, async () => {
  const { host, user, database } = server;
  const pool = new pg.Pool({ host, user, database });
  const client = new pg.Client({ host, user, database });
  const lite = new PGlite();
  await client.connect();
  try {
    for (const given of [pool, client, lite]) {
      const store = postgresStore(given);
      await store.write([entryAt("a", 1)]);
      assert.deepEqual(await store.getMany(["a"]), [entryAt("a", 1)]);
    }
  } finally {
    await Promise.all([pool.end(), client.end(), lite.close()]);
  }
});

test("a method without its client is refused with what to give instead", { skip }, async () => {
  const { host, user, database } = server;
  const pool = new pg.Pool({ host, user, database });
  const wanted = /if it is a method of a client, give \{ query: \(text, params\) => pool\.query\(text, params\) \}/;
  await assert.rejects(postgresStore({ query: pool.query }).getMany(["a"]), wanted);
  await assert.rejects(postgresStore({ query: new PGlite().query }).write([entryAt("a", 1)]), wanted);
  await pool.end();
  const sql = postgres({ path: `${host}/.s.PGSQL.5432`, user, database });
  assert.throws(
    () => postgresStore(sql),
    /got a function without query; .* of postgres\.js \(text, params\) => sql\.unsafe\(text, params\)$/,
  );
  await sql.end();
});

for (const fetch_types of [true, false]) {
  test(`postgres.js with fetch_types: ${fetch_types} supports everything in the store`, { skip }, async () => {
    const { host, user, database } = server;
    const sql = postgres({
      path: `${host}/.s.PGSQL.5432`,
      user,
      database,
      fetch_types,
      onnotice: () => assert.fail("a notice"),
    });
    try {
      const store = postgresStore({ query: (text, params) => sql.unsafe(text, params), table: `types_${fetch_types}` });
      const texts = ['{"a,b":"c\\"}', "NULL", "", 'x"y', "\\", "{}", "🙂"];
      const entries = texts.map((text, at) => ({ ...entryAt(`key${at}`, 1), text }));
      const { mark } = await store.changes();
      await store.write(entries);
      assert.deepEqual(await store.getMany(entries.map(({ key }) => key)), entries);
      assert.deepEqual(await collect(store.entries({ limit: 2 })), entries.slice(0, 2));
      await store.remove([entryAt("key0", 1)]);
      assert.equal((await store.changes(mark)).entries.length, texts.length);
    } finally {
      await sql.end();
    }
  });
}

testServer("a message of a driver is cut to a readable length", async ({ client, table }) => {
  const store = postgresStore({ ...client, table });
  await store.write([entryAt("a", 1)]);
  await client.query(`alter table ${table} add check (length(text) < 1000)`, []);
  await client.query(
    `create function refuse() returns trigger language plpgsql as
    $$ begin raise exception '%', repeat(new.text, 10); end $$`,
    [],
  );
  await client.query(`create trigger refuse before insert on ${table} for each row execute function refuse()`, []);
  const text = "x".repeat(2000);
  await assert.rejects(store.write([{ ...entryAt("b", 1), text }]), ({ message, cause }) => {
    assert.ok(cause.message.length >= 20_000);
    return message.length < 400 && message.startsWith("postgresStore could not write 1 entry: xxx");
  });
});

for (const order of ['"en-US-x-icu"', '"de-x-icu"', "caseless", "default"]) {
  testServer(`a table in the order ${order} is refused with the statement that repairs it`, async ({ client, table }) => {
    await client.query(
      `create collation if not exists caseless
      (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
      [],
    );
    const collated = order === "default" ? "" : `collate ${order}`;
    await client.query(
      `create table ${table} (key text ${collated} primary key, version text not null, text text not null)`,
      [],
    );
    const store = postgresStore({ ...client, table });
    const refusal = await store.getMany(["a"]).catch((error) => error);
    const [, remedy] = /does not sort by collation "C", as the store needs it; run: (alter table .*)$/.exec(refusal.message);
    await assert.rejects(store.write([entryAt("a", 1)]), /run: alter table/);
    await client.query(remedy, []);
    await store.write([entryAt("a", 1), entryAt("B", 1)]);
    assert.deepEqual(
      (await collect(store.entries())).map(({ key }) => key),
      ["B", "a"],
    );
    assert.ok((await store.changes()).mark);
  });
}

testServer("a table that already has the order C needs no collation", async ({ client, table, connect }) => {
  await client.query(`create database in_c template template0 locale 'C' locale_provider 'libc'`, []);
  const other = connect({ database: "in_c" });
  await other.query(`create table ${table} (key text primary key, version text not null, text text not null)`, []);
  const store = postgresStore({ ...other, table });
  await store.write([entryAt("a", 1), entryAt("B", 1)]);
  assert.deepEqual(
    (await collect(store.entries())).map(({ key }) => key),
    ["B", "a"],
  );
});

testServer("one place is claimed by one collection", async ({ client, table }) => {
  const [one, other] = [postgresStore({ ...client, table }), postgresStore({ ...client, table })];
  one.claim("linktree");
  other.claim("linktree");
  assert.throws(() => other.claim("profiles"), /"profiles".*"linktree".*postgresStore\(\{ query, table \}\)/);
  postgresStore({ ...client, table: `${table}_b` }).claim("profiles");
});

test("a dropped table is reported once, with what to do", async () => {
  const lite = new PGlite();
  try {
    for (const table of ["records", "public.others"]) {
      const store = postgresStore({ query: (text, params) => lite.query(text, params), table });
      await store.write([entryAt("a", 1)]);
      await store.changes();
      await lite.query(`drop table ${table}`);
      const remedy = /create it again, or restart the process: it is created when a store is first used$/;
      for (const ask of [() => store.getMany(["a"]), () => store.write([entryAt("a", 2)]), () => store.changes()]) {
        const error = await ask().then(assert.fail, (thrown) => thrown);
        assert.match(error.message, remedy);
        const said = messageOf(error);
        assert.equal(said.split("does not exist").length + said.split("no longer exists").length, 3, said);
      }
      const [ofRead, ofWrite] = await Promise.all(
        [store.getMany(["a"]), store.write([entryAt("a", 2)])].map((call) => call.catch(messageOf)),
      );
      assert.match(ofRead, /^postgresStore could not read 1 key: relation .* \(42P01\)$/);
      assert.match(ofWrite, /^postgresStore could not write 1 entry: relation .* \(42P01\)$/);
      await postgresStore({ query: (text, params) => lite.query(text, params), table }).write([entryAt("a", 2)]);
      assert.deepEqual(await store.getMany(["a"]), [entryAt("a", 2)], "as after a restart");
    }
  } finally {
    await lite.close();
  }
});
