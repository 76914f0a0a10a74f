// Tables of version 0.1.0, processes of it beside new ones, roles with few privileges, and tables that were restored
// to an older state.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { postgresStore } from "../../js/stores/postgres.js";
import { RELEASED, importFrom, whyNotReleased } from "../bench/packages.js";
import { entryAt } from "./entries.js";
import { followerOf, reportedBy, versionsIn } from "./follower.js";
import { recording } from "./postgres-drivers.js";
import { server, testServer } from "./postgres-fixture.js";
import { postgresPrograms } from "./postgres-server.js";
import { assertBothReported, assertTakenOver } from "./released-beside.js";

const run = promisify(execFile);
const WRITER = fileURLToPath(new URL("postgres-writer.js", import.meta.url));
const OLD_TABLE = `(key text collate "C" primary key, version text collate "C" not null, text text not null)`;
const columnsOf = async (client, table) =>
  (
    await client.query(`select column_name as name from information_schema.columns where table_name = $1 order by 1`, [table])
  ).rows.map(({ name }) => name);

/** A test with the store of version 0.1.0, if it is in the history of this clone. */
function testReleased(name, check) {
  const missing = whyNotReleased();
  if (missing) return test(name, { skip: missing }, () => {});
  return testServer(name, async (given) => check({ ...given, released: await importFrom(RELEASED, "js/stores/postgres.js") }));
}

testReleased("a table of 0.1.0 is taken over, and 0.1.0 reads and writes it as before", ({ client, table, released }) =>
  assertTakenOver({
    openReleased: () => released.postgresStore({ ...client, table }),
    openStore: () => postgresStore({ ...client, table }),
    columns: () => columnsOf(client, table),
  }),
);

testReleased("what a process of 0.1.0 writes beside a new one is reported", ({ client, table }) => {
  const { host, user, database } = server;
  const runWriter = (share) => run(process.execPath, [WRITER, host, user, database, table, ...share].map(String));
  return assertBothReported(postgresStore({ ...client, table }), { versions: 60, keys: 150, runWriter });
});

testServer(
  "a role without the privilege to alter works without changes, and gets the statements once",
  async ({ client, table, connect }) => {
    const user = `${table}_user`;
    await client.query(`create table ${table} ${OLD_TABLE}`, []);
    await client.query(`create role ${user} login`, []);
    await client.query(`grant select, insert, update, delete on ${table} to ${user}`, []);
    const codes = [];
    const query = recording(connect({ user }).query, codes);
    const store = postgresStore({ query, table });
    assert.equal(store.warning, undefined);
    assert.equal(await store.changes(), undefined);
    assert.deepEqual(await store.write([entryAt("a", 1)]), ["written"]);
    assert.equal(await store.changes(), undefined);
    assert.deepEqual(codes, ["42501"], "it is tried only once");
    const statements = /cannot see immediately .*the owner of the table can create them: (do .*); (grant .*)$/s.exec(
      store.warning,
    );
    for (const statement of statements.slice(1)) await client.query(statement, []);
    const follower = await followerOf(store);
    assert.equal(store.warning, undefined);
    assert.deepEqual(await store.write([entryAt("a", 2), entryAt("b", 1)]), ["written", "written"]);
    assert.deepEqual(reportedBy(await follower.look()), { a: 2, b: 1 });
    await client.query(`delete from ${table} where key = 'a'`, []);
    assert.deepEqual(reportedBy(await follower.look()), { a: null });
  },
);

testServer("a writer that does not know the list needs no privilege on it", async ({ client, table, connect }) => {
  const store = postgresStore({ ...client, table });
  const follower = await followerOf(store);
  await client.query(`create role ${table}_user login`, []);
  await client.query(`grant select, insert, update, delete on ${table} to ${table}_user`, []);
  const other = postgresStore({ ...connect({ user: `${table}_user` }), table });
  await other.write([entryAt("a", 1)]);
  assert.deepEqual(reportedBy(await follower.look()), { a: 1 });
  await other.remove([entryAt("a", 1)]);
  assert.deepEqual(reportedBy(await follower.look()), { a: null });
  assert.equal(await other.changes(), undefined);
  assert.match(other.warning, /grant select on .*_dbsharing_changes", .*_dbsharing_pruned" to /);
});

testServer("a table outside the first schema has its list beside it", async ({ client, table, connect }) => {
  await client.query(`create schema "Odd ""schema"`, []);
  await client.query(`create schema first`, []);
  await client.query(`create table "Odd ""schema".${table} ${OLD_TABLE}`, []);
  const path = connect({ options: `-c search_path=first,"Odd\\ ""schema"` });
  const store = postgresStore({ ...path, table });
  const follower = await followerOf(store);
  await store.write([entryAt("a", 1)]);
  assert.deepEqual(reportedBy(await follower.look()), { a: 1 });
  const { rows } = await client.query(`select schemaname from pg_tables where tablename = '${table}_dbsharing_changes'`, []);
  assert.deepEqual(rows, [{ schemaname: 'Odd "schema' }]);
});

testServer("the longest names have lists of their own", async ({ client }) => {
  const tables = ["a", "b"].map((end) => "t".repeat(62) + end);
  const [one, other] = tables.map((table) => postgresStore({ ...client, table }));
  const followers = [await followerOf(one), await followerOf(other)];
  await one.write([entryAt("a", 1)]);
  assert.deepEqual([reportedBy(await followers[0].look()), reportedBy(await followers[1].look())], [{ a: 1 }, {}]);
});

testServer("a table of the user with the list's name is left alone", async ({ client, table }) => {
  await client.query(`create table ${table}_dbsharing_changes (mine text)`, []);
  const store = postgresStore({ ...client, table });
  assert.equal(await store.changes(), undefined);
  assert.match(store.warning, /could not be created \(.*column/);
  assert.deepEqual(await store.write([entryAt("a", 1)]), ["written"]);
  assert.deepEqual(await columnsOf(client, `${table}_dbsharing_changes`), ["mine"]);
});

testServer("a table that is restored from a dump is read again", async ({ client, table }) => {
  const store = postgresStore({ ...client, table });
  await store.write([entryAt("a", 1), entryAt("b", 1)]);
  const follower = await followerOf(store);
  const at = ["-h", server.host, "-U", server.user];
  const program = (name) => join(postgresPrograms(), name);
  const dump = execFileSync(program("pg_dump"), [...at, "-Fc", "-t", `${table}*`, server.database]);
  await store.write([entryAt("a", 2), entryAt("c", 1)]);
  await follower.look();
  const functions = await client.query(`select pg_get_functiondef('${table}_dbsharing_note'::regproc) as text`, []);
  assert.match(functions.rows[0].text, /security definer/i);
  execFileSync(program("pg_restore"), [...at, "--clean", "--if-exists", "-d", server.database], { input: dump });
  assert.equal(await follower.look(), undefined);
  assert.deepEqual(follower.held, new Map([entryAt("a", 1), entryAt("b", 1)].map(({ key, version }) => [key, version])));
  await store.write([entryAt("d", 1)]);
  assert.deepEqual(reportedBy(await follower.look()), { d: 1 });
});

test("a database that is started from older files is read again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dbsharing-pglite-"));
  const [now, older] = [join(folder, "now"), join(folder, "older")];
  let lite = new PGlite(now);
  try {
    const store = postgresStore({ query: (text, params) => lite.query(text, params) });
    await store.write([entryAt("a", 1)]);
    const follower = await followerOf(store);
    await lite.close();
    cpSync(now, older, { recursive: true });
    lite = new PGlite(now);
    assert.equal(await follower.look(), undefined, "the database was restarted");
    await store.write([entryAt("a", 2), entryAt("b", 1)]);
    assert.deepEqual(reportedBy(await follower.look()), { a: 2, b: 1 });
    await lite.close();
    lite = new PGlite(older);
    assert.equal(await follower.look(), undefined);
    assert.deepEqual(follower.held, await versionsIn(store));
    assert.deepEqual([...follower.held.keys()], ["a"]);
  } finally {
    await lite.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
