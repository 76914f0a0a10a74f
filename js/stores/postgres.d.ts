import type { Store } from "../types/store.js";

/** How the store reaches the database, and which table it uses. */
export interface PostgresOptions {
  /**
   * Runs one statement with parameters `$1`, `$2`, … and resolves to its rows as objects: an array of them, or `{ rows }`.
   * The parameters are strings and numbers. It is called as a method of these options.
   *
   * - pg: `(text, params) => pool.query(text, params)`, or the pool itself in place of these options
   * - postgres.js: `(text, params) => sql.unsafe(text, params)`, with `fetch_types` or without
   * - PGlite: `(text, params) => db.query(text, params)`, or the database itself
   *
   * A detached method (`{ query: pool.query }`) has lost its client: the first call rejects and says so.
   */
  query(text: string, params: any[]): PromiseLike<any>;

  /**
   * The table; `"schema.table"` for one that is not in the first schema of the search path. Letters, digits, `_` and `$`;
   * case-sensitive. Default: `"dbsharing_records"`.
   */
  table?: string | undefined;
}

/**
 * Returns a store in one table of a PostgreSQL database. The table is created when the store is first used, unless it exists:
 * `(key text collate "C" primary key, version text collate "C" not null, text text not null, ends_at_ms bigint)`; the last
 * column is for later versions, and is null. The database's encoding has to be UTF8. A table whose columns `key` and `version`
 * do not sort by collation "C" is refused; the message has the statement that fixes it.
 *
 * A batch is one statement in which PostgreSQL itself compares the versions, so any number of processes may share the table.
 * An entry that `write` reports as written is committed, and on the disk unless the server's `synchronous_commit` says
 * otherwise. Nothing depends on a session: the statements may go through a pool or PgBouncer. `query` must not run inside a
 * transaction of yours, because then the commit comes after the answer.
 *
 * A statement that the server ends with serialization_failure (40001) or deadlock_detected (40P01) is retried for 10 seconds.
 * If a connection is lost during `write`, the batch may be stored although the call rejects; writing it again does no harm.
 *
 * `changes` reports what anyone wrote or removed, including an operator, a process of version 0.1.0, and transactions that
 * commit in a different order than they began. Its first call adds triggers to the table that record the keys of each
 * statement in `<table>_dbsharing_changes`, whichever role writes; they make no writer wait for another. A table of version
 * 0.1.0 is upgraded in this way without a message, and 0.1.0 can still read and write it. This needs a role that owns the
 * table and may create objects in its schema, and PostgreSQL 10 or newer (or PGlite). Otherwise everything else works,
 * `changes` resolves to `undefined`, so that all versions are read every 10 minutes, and `warning` is a sentence with the
 * statements for the table's owner to run. The same happens, without a warning, while another transaction has the table
 * locked, and while a transaction that wrote stays open during more than 100 000 changes.
 *
 * `close()` waits for the writes under way and leaves the client open.
 *
 * @throws {ShareError} a TypeError with the code `OPTION_INVALID` if `query` is not a function, `table` is not a valid name, or an
 *   option is unknown. Each method rejects with what failed, and the client's error as its cause
 * @example
 * import pg from "pg";
 * const pool = new pg.Pool();
 * pool.on("error", () => {}); // without a listener, an idle connection that breaks ends the process
 * const db = postgresStore({ query: (text, params) => pool.query(text, params) });
 */
export function postgresStore(options: PostgresOptions): Store;
