import type { Store } from "../types/store.js";

/** A database of `node:sqlite` (Node 22 and newer), `better-sqlite3` or `bun:sqlite`: what the three have in common. */
export interface SqliteDatabase {
  /** A statement to run with parameters. */
  prepare(sql: string): any;
  /** Runs statements without parameters. */
  exec(sql: string): unknown;
}

/** Where in the file the records are. */
export interface SqliteOptions {
  /**
   * The table, `dbsharing_records` by default: another one for each collection in the same file. Letters, digits, `_` and
   * `$`; upper and lower case are the same.
   */
  name?: string | undefined;
}

/**
 * A store in one table of `db`, which is made by the first write or the first look for changes. What belongs to it
 * begins with the table's name; nothing else in the file is touched. A batch is one transaction in which SQLite itself
 * compares the versions, so several processes may share the file.
 *
 * What it promises: an entry that `write` calls written is committed, as safely as the connection's own settings make
 * it. With the drivers' defaults (`synchronous` FULL, whatever the journal mode) it is on the disk and outlives a loss
 * of power. With `pragma synchronous = normal` and WAL, or with `off`, a loss of power can take the last writes back; the
 * store changes no setting of yours.
 *
 * While another connection holds the file, a call tries again for five seconds and then rejects with SQLite's
 * `SQLITE_BUSY` as its cause. These pauses leave the event loop free: the connection's own busy timeout (five seconds in
 * better-sqlite3) is set to 0 around the store's statements and put back after them. With `pragma journal_mode = wal`
 * readings wait for no writer, the first ones of a new store neither: they make no table, and where there is none they
 * give nothing. A file that is opened to be read only is read.
 *
 * `changes` reports what anybody wrote or removed, also an operator and a process of version 0.1.0. Its first call puts
 * triggers on the table that note each change in `<name>_dbsharing_changes`, of which the last 10 000 are kept. A file of
 * version 0.1.0 is taken over so without a word, and 0.1.0 goes on reading and writing it. Where that cannot be done,
 * everything else works, `changes` resolves with `undefined`, so that all versions are read every 10 minutes, and
 * `warning` says why; while another connection holds the file it resolves so without a warning, and the next call tries
 * again.
 *
 * The drivers are synchronous: readings are cut into short statements with a turn of the event loop between them; a
 * batch of `write` is one stretch of work, so hand over hundreds of entries at a time, not tens of thousands. A write
 * while the task has a transaction of its own open on `db` rejects, and leaves that transaction alone.
 *
 * `close()` waits for writes under way and leaves `db` open, for whoever made it.
 *
 * @throws TypeError when `db` is no such database, `name` no name, or an option unknown; each method rejects with what failed, and
 *   SQLite's error as its cause
 * @example
 * import { DatabaseSync } from "node:sqlite";
 * const db = sqliteStore(new DatabaseSync("./records.sqlite"));
 */
export function sqliteStore(db: SqliteDatabase, options?: SqliteOptions): Store;
