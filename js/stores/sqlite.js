// Records in a SQLite file, through node:sqlite, better-sqlite3 or bun:sqlite. The three are told apart by nothing: only
// prepare(), all() and exec() are called, which mean the same in each of them.

import { invalid } from "../core/option-errors.js";
import { changeOf, checkEntries, claimOf, decideWrites, outcomesByKey, pagesByKey, readOf } from "../core/store-contract.js";
import { kindName } from "../core/kind-name.js";
import { checkStoreOptions } from "../core/store-options.js";
import { SqliteConnection } from "./sqlite-connection.js";
import { SqliteFeed, tableOf } from "./sqlite-feed.js";
import { isName } from "./sql-names.js";

// The drivers hold up the event loop while a statement runs, so a reading is cut into statements of this many rows.
const PAGE_ENTRIES = 200;
const PAGE_VERSIONS = 1000;
const PAGE_KEYS = 200;

/**
 * A store in a table of `db`, `dbsharing_records` by default, made when it is first needed. A batch is one transaction,
 * decided by the database, so several processes may share the file. `close()` waits for writes under way and leaves `db`
 * open.
 *
 * @param {{ prepare(sql: string): any, exec(sql: string): unknown }} db
 * @param {{ name?: string }} [options]
 * @returns {import("../index.js").Store}
 * @throws {TypeError} when `db` is no such database, or `name` no name
 * @example
 * import { DatabaseSync } from "node:sqlite";
 * const db = sqliteStore(new DatabaseSync("./records.sqlite"));
 */
export function sqliteStore(db, options = {}) {
  checkDatabase(db);
  checkStoreOptions("sqliteStore", "db", options, ["name"]);
  const { name = "dbsharing_records" } = options;
  checkName(name);
  const sql = statementsOf(name);
  const connection = new SqliteConnection(db);
  const feed = new SqliteFeed(connection, name);
  let isTableThere = false;
  let lastWrite = Promise.resolve();
  let closed = false;

  function refuseWhenClosed(what) {
    if (closed) throw new Error(`sqliteStore could not ${what}: this store is closed`);
  }

  // A reading looks whether the table is there and never makes it, because that would wait for whoever writes.
  function reading(what, text, work) {
    return connection.attempt(what, () => {
      isTableThere ||= connection.rows(sql.table).length > 0;
      return isTableThere ? connection.statement(text, work) : work(() => []);
    });
  }

  // One transaction after the other; resolves with the keys of the rows that were changed.
  function change(what, text, entries, valuesOf) {
    const changing = lastWrite.then(() => connection.attempt(what, () => changeNow(text, entries.map(valuesOf))));
    lastWrite = changing.then(ignore, ignore);
    return changing;
  }

  function changeNow(text, rows) {
    makeTable();
    return connection.inTransaction(() => {
      const changed = connection.statement(text, (run) => rows.flatMap((values) => run(...values)));
      feed.noteOwn();
      return new Set(changed.map(({ key }) => key));
    });
  }

  // In a transaction of its own: made inside one of the task's, the table would vanish when that is rolled back.
  function makeTable() {
    if (!isTableThere) connection.inTransaction(() => connection.exec(tableOf(name)));
    isTableThere = true;
  }

  function pages(what, text, pageRows, range) {
    const readPage = async (after, count) => {
      refuseWhenClosed(what);
      return reading(what, text, (read) => read(after, count));
    };
    return pagesByKey(readPage, pageRows, range);
  }

  return {
    async getMany(keys) {
      const what = readOf(keys);
      refuseWhenClosed(what);
      const found = [];
      for (let at = 0; at < keys.length; at += PAGE_KEYS) {
        const page = keys.slice(at, at + PAGE_KEYS);
        found.push(...(await reading(what, sql.one, (read) => page.map((key) => entryOf(read(key)[0])))));
      }
      return found;
    },

    async *entries(range) {
      for await (const page of pages("list its entries", sql.entries, PAGE_ENTRIES, range)) yield* page.map(entryOf);
    },

    async *versions() {
      for await (const page of pages("list its versions", sql.versions, PAGE_VERSIONS)) {
        for (const { key, version } of page) yield { key, version };
      }
    },

    async changes(since) {
      refuseWhenClosed("look for changes");
      return feed.changes(since);
    },

    async write(entries) {
      checkEntries(entries);
      const what = changeOf("write", entries);
      refuseWhenClosed(what);
      const { outcomes, winners } = decideWrites(entries, []);
      if (winners.length === 0) return outcomes;
      const written = await change(what, sql.writeNewer, winners, ({ key, version, text }) => [key, version, text]);
      return outcomesByKey(entries, outcomes, written);
    },

    async remove(entries) {
      const what = changeOf("remove", entries);
      refuseWhenClosed(what);
      await change(what, sql.remove, entries, ({ key, version }) => [key, version]);
    },

    async close() {
      closed = true;
      await lastWrite;
    },

    // SQLite does not tell names apart by upper and lower case.
    claim: claimOf(db, name.toLowerCase(), "sqliteStore(db, { name })"),

    get warning() {
      return feed.warning;
    },
  };
}

function statementsOf(name) {
  return {
    table: `select 1 from sqlite_master where type in ('table', 'view') and name = '${name}' collate nocase`,
    one: `select key, version, text from "${name}" where key = ?`,
    entries: `select key, version, text from "${name}" where key > ? order by key limit ?`,
    versions: `select key, version from "${name}" where key > ? order by key limit ?`,
    writeNewer: `insert into "${name}" as held (key, version, text) values (?, ?, ?)
      on conflict (key) do update set version = excluded.version, text = excluded.text
      where excluded.version > held.version returning key`,
    remove: `delete from "${name}" where key = ? and version = ? returning key`,
  };
}

function checkDatabase(db) {
  if (["prepare", "exec"].every((method) => typeof db?.[method] === "function")) return;
  const wanted = "a SQLite database of node:sqlite, better-sqlite3 or bun:sqlite";
  throw invalid(TypeError, `sqliteStore(db) wants ${wanted}; it got ${kindName(db)}`);
}

function checkName(name) {
  if (isName(name) && !/^sqlite_/i.test(name)) return;
  throw invalid(TypeError, `sqliteStore(db, { name }) wants a name like "records"; it got ${JSON.stringify(name)}`);
}

function entryOf(row) {
  const isWhole = typeof row?.version === "string" && typeof row.text === "string";
  return isWhole ? { key: row.key, version: row.version, text: row.text } : undefined;
}

function ignore() {}
