// Records in a SQLite file, through node:sqlite, better-sqlite3 or bun:sqlite. The three are told apart by nothing: only
// prepare(), all() and exec() are called, which mean the same in each of them.

import { checkEntries, decideWrites, outcomesByKey, pagesByKey } from "../core/store-contract.js";
import { after, elapsedMs, turn } from "../core/timing.js";

// The drivers hold up the event loop while a statement runs, so a reading is cut into statements of this many rows.
const PAGE_ENTRIES = 200;
const PAGE_VERSIONS = 1000;
const PAGE_KEYS = 200;

// How long another process may hold the file before a call fails; and the longest pause between two tries.
const PATIENCE_MS = 5000;
const LONGEST_PAUSE_MS = 50;

const CREATE = `create table if not exists dbsharing_records (
  key text not null primary key collate binary, version text not null, text text not null) without rowid`;

const ONE = "select key, version, text from dbsharing_records where key = ?";
const ENTRIES = "select key, version, text from dbsharing_records where key > ? order by key limit ?";
const VERSIONS = "select key, version from dbsharing_records where key > ? order by key limit ?";
const WRITE_NEWER = `insert into dbsharing_records (key, version, text) values (?, ?, ?)
  on conflict (key) do update set version = excluded.version, text = excluded.text
  where excluded.version > dbsharing_records.version returning key`;
const REMOVE = "delete from dbsharing_records where key = ? and version = ? returning key";

/**
 * A store in the table `dbsharing_records` of `db`, made when it is first used. A batch is one transaction, decided by
 * the database, so several processes may share the file. `close()` waits for writes under way and leaves `db` open.
 *
 * @param {{ prepare(sql: string): any, exec(sql: string): unknown }} db
 * @returns {import("../index.js").Store}
 * @throws {TypeError} when `db` is no such database
 * @example
 * import { DatabaseSync } from "node:sqlite";
 * const db = sqliteStore(new DatabaseSync("./records.sqlite"));
 */
export function sqliteStore(db) {
  checkDatabase(db);
  let isTableThere = false;
  let lastWrite = Promise.resolve();
  let closed = false;

  function refuseWhenClosed(what) {
    if (closed) throw new Error(`sqliteStore could not ${what}: this store is closed`);
  }

  // Does `work` with a function that runs the statement, again and again while another process holds the file. The
  // pauses are ours, because SQLite's own waiting would hold up the event loop.
  async function attempt(what, sql, work) {
    const startedMs = elapsedMs();
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      await turn();
      try {
        return withStatement(sql, work);
      } catch (cause) {
        if (!isBusy(cause) || elapsedMs() - startedMs > PATIENCE_MS) {
          throw new Error(`sqliteStore could not ${what}: ${cause?.message ?? cause}`, { cause });
        }
      }
      await new Promise((resolve) => after(pauseMs * (0.5 + Math.random()), resolve));
    }
  }

  // Prepared anew each time: a statement that is kept would go on reading from a database that Bun was told to close.
  function withStatement(sql, work) {
    // In a transaction of its own: made inside one of the task's, the table would vanish when that is rolled back.
    if (!isTableThere) inTransaction(() => db.exec(CREATE));
    isTableThere = true;
    const statement = db.prepare(sql);
    try {
      return work((...values) => rowsOf(statement.all(...values)));
    } finally {
      statement.finalize?.();
    }
  }

  // No await inside: whatever else the task does with this connection stays out of the transaction.
  function inTransaction(work) {
    db.exec("begin immediate"); // a failure here may mean that the task has a transaction of its own: it is left alone
    try {
      const result = work();
      db.exec("commit");
      return result;
    } catch (cause) {
      rollBack();
      throw cause;
    }
  }

  function rollBack() {
    try {
      db.exec("rollback");
    } catch {
      // A full disk and the like have rolled back already; the first failure is the one to tell.
    }
  }

  // One transaction after the other; resolves with the keys of the rows that were changed.
  function change(what, sql, entries, valuesOf) {
    const changing = lastWrite.then(() =>
      attempt(what, sql, (run) => inTransaction(() => new Set(entries.flatMap((entry) => run(...valuesOf(entry))).map(({ key }) => key)))),
    );
    lastWrite = changing.then(ignore, ignore);
    return changing;
  }

  function pages(what, sql, pageRows, range) {
    const readPage = async (after, count) => {
      refuseWhenClosed(what);
      return attempt(what, sql, (read) => read(after, count));
    };
    return pagesByKey(readPage, pageRows, range);
  }

  return {
    async getMany(keys) {
      const what = `read ${keys.length} keys`;
      refuseWhenClosed(what);
      const found = [];
      for (let at = 0; at < keys.length; at += PAGE_KEYS) {
        const page = keys.slice(at, at + PAGE_KEYS);
        found.push(...(await attempt(what, ONE, (read) => page.map((key) => entryOf(read(key)[0])))));
      }
      return found;
    },

    async *entries(range) {
      for await (const page of pages("list its entries", ENTRIES, PAGE_ENTRIES, range)) yield* page.map(entryOf);
    },

    async *versions() {
      for await (const page of pages("list its versions", VERSIONS, PAGE_VERSIONS)) {
        for (const { key, version } of page) yield { key, version };
      }
    },

    async write(entries) {
      checkEntries(entries);
      const what = `write ${entries.length} entries`;
      refuseWhenClosed(what);
      const { outcomes, winners } = decideWrites(entries, []);
      if (winners.length === 0) return outcomes;
      const written = await change(what, WRITE_NEWER, winners, ({ key, version, text }) => [key, version, text]);
      return outcomesByKey(entries, outcomes, written);
    },

    async remove(entries) {
      const what = `remove ${entries.length} entries`;
      refuseWhenClosed(what);
      await change(what, REMOVE, entries, ({ key, version }) => [key, version]);
    },

    async close() {
      closed = true;
      await lastWrite;
    },
  };
}

function checkDatabase(db) {
  if (["prepare", "exec"].every((method) => typeof db?.[method] === "function")) return;
  const wanted = "a SQLite database of node:sqlite, better-sqlite3 or bun:sqlite";
  throw new TypeError(`sqliteStore(db) wants ${wanted}; it got ${db === null ? "null" : typeof db}`);
}

function rowsOf(rows) {
  // A driver that answers later would make every record look absent.
  if (!Array.isArray(rows)) throw new TypeError("the driver gave no array of rows: it has to be a synchronous one");
  return rows;
}

function entryOf(row) {
  return row && { key: row.key, version: row.version, text: row.text };
}

// SQLITE_BUSY and its kin: node:sqlite has the number, the others have the name.
function isBusy(cause) {
  return (cause?.errcode & 0xff) === 5 || String(cause?.code).startsWith("SQLITE_BUSY");
}

function ignore() {}
