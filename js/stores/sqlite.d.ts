import type { Store } from "../types/store.js";

/** A database of `node:sqlite` (Node 22 and newer), `better-sqlite3` or `bun:sqlite`: what the three have in common. */
export interface SqliteDatabase {
  /** A statement to run with parameters. */
  prepare(sql: string): any;
  /** Runs statements without parameters. */
  exec(sql: string): unknown;
}

/**
 * A store in the table `dbsharing_records` of `db`, which is made when the store is first used; nothing else in the file
 * is touched. A batch is one transaction in which SQLite itself compares the versions, so several processes may share
 * the file.
 *
 * What it promises: an entry that `write` calls written is committed, as safely as the connection's own settings make
 * it. With the drivers' defaults (`synchronous` FULL, whatever the journal mode) it is on the disk and outlives a loss
 * of power. With `pragma synchronous = normal` and WAL, or with `off`, a loss of power can take the last writes back; the
 * store changes no setting of yours.
 *
 * While another connection holds the file, a call tries again for five seconds and then rejects with SQLite's
 * `SQLITE_BUSY` as its cause. These pauses leave the event loop free; a busy timeout of the connection itself does not,
 * so turn it off where other processes write much: `new BetterSqlite3(path, { timeout: 0 })`. With
 * `pragma journal_mode = wal` readers and a writer do not wait for one another at all.
 *
 * The drivers are synchronous: readings are cut into short statements with a turn of the event loop between them; a
 * batch of `write` is one stretch of work, so hand over hundreds of entries at a time, not tens of thousands. A write
 * while the task has a transaction of its own open on `db` rejects, and leaves that transaction alone.
 *
 * `close()` waits for writes under way and leaves `db` open, for whoever made it.
 *
 * @throws TypeError when `db` is no such database; each method rejects with what failed, and SQLite's error as its cause
 * @example
 * import { DatabaseSync } from "node:sqlite";
 * const db = sqliteStore(new DatabaseSync("./records.sqlite"));
 */
export function sqliteStore(db: SqliteDatabase): Store;
