import type { Store } from "../types/store.js";

/** What the store needs of a client. */
export interface PostgresOptions {
  /**
   * Runs one statement, its parameters written `$1`, `$2`, …, and gives its rows as objects: an array of them, or
   * `{ rows }`. Strings and numbers are handed over. It is called as a method of these options.
   *
   * - pg: `(text, params) => pool.query(text, params)`, or the pool itself in the place of these options
   * - postgres.js: `(text, params) => sql.unsafe(text, params)`, with `fetch_types` or without
   * - PGlite: `(text, params) => db.query(text, params)`, or the database itself
   *
   * A method alone (`{ query: pool.query }`) has lost its client: the first call rejects and says so.
   */
  query(text: string, params: any[]): PromiseLike<any>;

  /**
   * The table, `dbsharing_records` by default; `"schema.table"` for one in another schema than the first of the search
   * path. Letters, digits, `_` and `$`; upper and lower case differ.
   */
  table?: string | undefined;
}

/**
 * A store in one table of a PostgreSQL database. The table is made when the store is first used, unless it is there:
 * `(key text collate "C" primary key, version text collate "C" not null, text text not null, ends_at_ms bigint)`; the last
 * column is for later versions, and is null. The database's encoding has to be UTF8. A table whose columns `key` and
 * `version` sort otherwise than by collation "C" is refused, with the statement that mends it in the sentence.
 *
 * What it promises: a batch is one statement in which PostgreSQL itself compares the versions, so any number of
 * processes may share the table; what `write` calls written is committed, and on the disk unless the server's
 * `synchronous_commit` says otherwise. Nothing depends on a session: the statements may go through a pool, or through
 * PgBouncer. `query` must not run inside a transaction of yours, or its commit comes after the answer.
 *
 * A statement that the server ends with serialization_failure (40001) or deadlock_detected (40P01) is tried again for
 * 10 seconds. When a connection is lost during `write`, the batch may be stored although the call rejects; to write it
 * again does no harm.
 *
 * `changes` reports what anybody wrote or removed, also an operator, a process of version 0.1.0, and transactions that are
 * committed in another order than they began. Its first call puts triggers on the table that note the keys of each
 * statement in `<table>_dbsharing_changes`, whatever role writes; no writer waits for another one because of them. A
 * table of version 0.1.0 is taken over so without a word, and 0.1.0 goes on reading and writing it. It takes a role that
 * owns the table and may create beside it, and PostgreSQL 10 or newer (or PGlite). Elsewhere everything else works,
 * `changes` resolves with `undefined`, so that all versions are read every 10 minutes, and `warning` is a sentence with
 * the statements that the owner of the table can run. The same holds while another transaction keeps the table locked,
 * and while one that wrote stays open over more than 100 000 changes, without a warning.
 *
 * `close()` waits for writes under way and leaves the client open, for whoever made it.
 *
 * @throws TypeError when `query` is no function, `table` no name, or an option unknown; each method rejects with what failed, and the
 *   client's error as its cause
 * @example
 * import pg from "pg";
 * const pool = new pg.Pool();
 * pool.on("error", () => {}); // without a listener a connection that breaks while it idles ends the process
 * const db = postgresStore({ query: (text, params) => pool.query(text, params) });
 */
export function postgresStore(options: PostgresOptions): Store;
