import type { Store } from "../types/store.js";

/** A database of `node:sqlite` (Node 22 and newer), `better-sqlite3` or `bun:sqlite`: the methods that all three have. */
export interface SqliteDatabase {
  /** Returns a statement that can be run with parameters. */
  prepare(sql: string): any;
  /** Runs statements without parameters. */
  exec(sql: string): unknown;
}

/** Where in the file the records are. */
export interface SqliteOptions {
  /**
   * The table. Give each collection in the same file its own. Letters, digits, `_` and `$`; not case-sensitive. Default:
   * `"dbsharing_records"`.
   */
  name?: string | undefined;
}

/**
 * Returns a store in one table of `db`. The first write, or the first call of `changes`, creates the table. Everything that
 * belongs to the store has a name that begins with the table's; nothing else in the file is touched. A batch is one
 * transaction in which SQLite itself compares the versions, so several processes may share the file.
 *
 * An entry that `write` reports as written is committed, as safely as the connection's own settings make it. With the drivers'
 * defaults (`synchronous` FULL, any journal mode) it is on the disk and survives a loss of power. With
 * `pragma synchronous = normal` and WAL, or with `off`, a loss of power can undo the last writes. The store changes none of
 * your settings.
 *
 * While another connection holds the file, a call retries for five seconds and then rejects, with SQLite's `SQLITE_BUSY` as
 * the cause. The event loop is free meanwhile: the connection's own busy timeout (five seconds in better-sqlite3) is set to
 * 0 around the store's statements and restored after them. With `pragma journal_mode = wal`, reads wait for no writer. That
 * includes the first reads of a new store: they create no table, and return nothing if there is none. A file that was opened
 * read-only can be read.
 *
 * `changes` reports what anyone wrote or removed, including an operator and a process of version 0.1.0. Its first call adds
 * triggers to the table that record each change in `<name>_dbsharing_changes`, which keeps the last 10 000. A file of version
 * 0.1.0 is upgraded in this way without a message, and 0.1.0 can still read and write it. If the triggers cannot be added,
 * everything else works, `changes` resolves to `undefined`, so that all versions are read every 10 minutes, and `warning`
 * says why. While another connection holds the file, it resolves to `undefined` without a warning, and the next call tries
 * again.
 *
 * The drivers are synchronous. Reads are split into short statements, with a turn of the event loop between them. A batch of
 * `write` is one uninterrupted piece of work, so pass hundreds of entries at a time, not tens of thousands. If the task has
 * its own transaction open on `db`, a write rejects and leaves that transaction alone.
 *
 * `close()` waits for the writes under way and leaves `db` open.
 *
 * @throws {ShareError} a TypeError with the code `OPTION_INVALID` if `db` is not such a database, `name` is not valid, or an
 *   option is unknown. Each method rejects with what failed, and SQLite's error as its cause
 * @example
 * import { DatabaseSync } from "node:sqlite";
 * const db = sqliteStore(new DatabaseSync("./records.sqlite"));
 */
export function sqliteStore(db: SqliteDatabase, options?: SqliteOptions): Store;
