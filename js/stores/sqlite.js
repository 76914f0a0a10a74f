// Records in a SQLite file, through node:sqlite, better-sqlite3 or bun:sqlite. They are not distinguished: only
// prepare(), all() and exec() are called, which mean the same in all three.

import { kindName } from "../core/kind-name.js";
import { wrongArgument } from "../core/option-errors.js";
import { StoreCalls } from "../core/store-calls.js";
import { claimOf, pagesByKey } from "../core/store-contract.js";
import { checkStoreOptions } from "../core/store-options.js";
import { storeOver } from "../core/store-over.js";
import { readInParts, writeOnCondition } from "../core/store-writes.js";
import { SqliteConnection } from "./sqlite-connection.js";
import { SqliteFeed, tableOf } from "./sqlite-feed.js";
import { isName } from "./sql-names.js";

// The drivers block the event loop while a statement runs, so reading is split into statements of this many rows.
const PAGE_ENTRIES = 200;
const PAGE_VERSIONS = 1000;
const PAGE_KEYS = 200;

/**
 * A store in a table of `db`, `dbsharing_records` by default, created when it is first needed. A batch is one transaction,
 * decided by the database, so several processes may share the file. `close()` waits for writes under way and leaves `db`
 * open.
 *
 * @param {{ prepare(sql: string): any, exec(sql: string): unknown }} db
 * @param {{ name?: string }} [options]
 * @returns {import("../index.js").Store}
 * @throws {TypeError} when `db` is not such a database, or `name` not a name
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
  let lastChange = Promise.resolve();

  // Reading looks for the table and never creates it, because that would wait for another writer.
  function reading(text, work) {
    return connection.attempt(() => {
      isTableThere ||= connection.rows(sql.table).length > 0;
      return isTableThere ? connection.statement(text, work) : work(() => []);
    });
  }

  function getMany(keys) {
    const readOne = (read, key) => entryOf(read(key)[0]);
    return readInParts(keys, PAGE_KEYS, (part) => reading(sql.one, (read) => part.map((key) => readOne(read, key))));
  }

  function pages(text, pageRows, range, attempt) {
    const readPage = (after, count) => attempt(() => reading(text, (read) => read(after, count)));
    return pagesByKey(readPage, pageRows, range);
  }

  // One transaction after the other; resolves to the keys of the rows that were changed.
  function change(text, rows) {
    const changing = lastChange.then(() => connection.attempt(() => changeNow(text, rows)));
    lastChange = changing.then(ignore, ignore);
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

  // In a transaction of its own: created inside one of the task's, the table would vanish when that is rolled back.
  function makeTable() {
    if (!isTableThere) connection.inTransaction(() => connection.exec(tableOf(name)));
    isTableThere = true;
  }

  function writeNewer(winners) {
    return change(
      sql.writeNewer,
      winners.map(({ key, version, text }) => [key, version, text]),
    );
  }

  function remove(entries) {
    return change(
      sql.remove,
      entries.map(({ key, version }) => [key, version]),
    );
  }

  const store = storeOver(new StoreCalls("sqliteStore"), {
    getMany,
    entryPages: (range, attempt) => pages(sql.entries, PAGE_ENTRIES, range, attempt),
    versionPages: (attempt) => pages(sql.versions, PAGE_VERSIONS, {}, attempt),
    write: (entries) => writeOnCondition(entries, writeNewer),
    remove,
    changes: (since) => feed.changes(since),
  });
  return {
    ...store,
    // SQLite ignores the case of names.
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
  throw wrongArgument("sqliteStore(db)", kindName(db), "a SQLite database of node:sqlite, better-sqlite3 or bun:sqlite");
}

function checkName(name) {
  if (isName(name) && !/^sqlite_/i.test(name)) return;
  throw wrongArgument("sqliteStore(db, { name })", JSON.stringify(name), 'a name like "records"');
}

function entryOf(row) {
  const isWhole = typeof row?.version === "string" && typeof row.text === "string";
  return isWhole ? { key: row.key, version: row.version, text: row.text } : undefined;
}

function ignore() {}
