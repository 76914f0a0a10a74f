import type { Store } from "../types/store.js";

/** What the store needs of a client. */
export interface PostgresOptions {
  /**
   * Runs one statement, its parameters written `$1`, `$2`, …, and gives its rows as objects: an array of them, or
   * `{ rows }`. Strings, numbers and arrays of strings are handed over.
   *
   * - pg: `(text, params) => pool.query(text, params)`
   * - postgres.js: `(text, params) => sql.unsafe(text, params)`
   * - PGlite: `(text, params) => db.query(text, params)`
   */
  query(text: string, params: any[]): PromiseLike<any>;

  /**
   * The table, `dbsharing_records` by default; `"schema.table"` for one in another schema than the first of the search
   * path. Letters, digits, `_` and `$`; upper and lower case differ.
   */
  table?: string;
}

/**
 * A store in one table of a PostgreSQL database. The table is made when the store is first used, unless it is there:
 * `(key text collate "C" primary key, version text collate "C" not null, text text not null)`. The database's encoding
 * has to be UTF8.
 *
 * What it promises: a batch is one statement in which PostgreSQL itself compares the versions, so any number of
 * processes may share the table; what `write` calls written is committed, and on the disk unless the server's
 * `synchronous_commit` says otherwise. Nothing depends on a session: the statements may go through a pool, or through
 * PgBouncer. `query` must not run inside a transaction of yours, or its commit comes after the answer.
 *
 * A statement that the server ends with serialization_failure (40001) or deadlock_detected (40P01) is tried again, a few
 * times. When a connection is lost during `write`, the batch may be stored although the call rejects; to write it again
 * does no harm.
 *
 * `close()` waits for writes under way and leaves the client open, for whoever made it.
 *
 * @throws TypeError when `query` is no function or `table` no name; each method rejects with what failed, and the
 *   client's error as its cause
 * @example
 * import pg from "pg";
 * const pool = new pg.Pool();
 * const db = postgresStore({ query: (text, params) => pool.query(text, params) });
 */
export function postgresStore(options: PostgresOptions): Store;
