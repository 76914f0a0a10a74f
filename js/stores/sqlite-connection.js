// One connection to a SQLite file, used as node:sqlite, better-sqlite3 and bun:sqlite have it in common: prepare(),
// all() and exec(). Nothing here awaits between two statements that belong together.
import { after, elapsedMs, turn } from "../core/timing.js";

// How long another process may hold the file before a call fails; and the longest pause between two tries.
const PATIENCE_MS = 5000;
const LONGEST_PAUSE_MS = 50;

export class SqliteConnection {
  #db;

  constructor(db) {
    this.#db = db;
  }

  /**
   * Runs `work` without a pause, and again while another process holds the file. The waiting is done here, because
   * SQLite's own would block the event loop.
   */
  async attempt(work) {
    const startedMs = elapsedMs();
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      await turn();
      try {
        return this.#withoutWaiting(work);
      } catch (cause) {
        if (!isBusy(cause) || elapsedMs() - startedMs > PATIENCE_MS) throw cause;
      }
      await new Promise((resolve) => after(pauseMs * (0.5 + Math.random()), resolve));
    }
  }

  // better-sqlite3 waits for five seconds by default, inside SQLite. The task's own statements keep their timeout.
  #withoutWaiting(work) {
    const [row] = this.rows("pragma busy_timeout");
    const timeoutMs = row?.timeout ?? 0;
    if (timeoutMs === 0) return work();
    this.#db.exec("pragma busy_timeout = 0");
    try {
      return work();
    } finally {
      this.#db.exec(`pragma busy_timeout = ${timeoutMs}`);
    }
  }

  /** The rows of one statement. */
  rows(sql, ...values) {
    return this.statement(sql, (run) => run(...values));
  }

  /**
   * Runs `work` with a function that runs the statement. It is prepared each time: a kept statement would still read from
   * a database that Bun was told to close.
   */
  statement(sql, work) {
    const statement = this.#db.prepare(sql);
    try {
      return work((...values) => rowsOf(statement.all(...values)));
    } finally {
      statement.finalize?.();
    }
  }

  /** Runs statements that have no parameters and no rows. */
  exec(sql) {
    this.#db.exec(sql);
  }

  /** No await inside: whatever else the task does with this connection stays out of the transaction. */
  inTransaction(work) {
    this.#db.exec("begin immediate"); // a failure here may mean that the task has a transaction of its own: it is left alone
    try {
      const result = work();
      this.#db.exec("commit");
      return result;
    } catch (cause) {
      this.#rollBack();
      throw cause;
    }
  }

  #rollBack() {
    try {
      this.#db.exec("rollback");
    } catch {
      // A full disk and the like have rolled back already; the first failure is the one to report.
    }
  }
}

/** SQLITE_BUSY and its variants: node:sqlite has the number, the others have the name. */
export function isBusy(cause) {
  return (cause?.errcode & 0xff) === 5 || String(cause?.code).startsWith("SQLITE_BUSY");
}

function rowsOf(rows) {
  // A driver that answers later would make every record look absent.
  if (!Array.isArray(rows)) throw new TypeError("the driver returned no array of rows; wanted a synchronous driver");
  return rows;
}
