// How each driver of SQLite opens a file. A driver is imported when it is needed, because each needs its own runtime.

const drivers = {
  async "node:sqlite"(path, readOnly) {
    const { DatabaseSync } = await import("node:sqlite");
    return new DatabaseSync(path, { readOnly });
  },
  async "better-sqlite3"(path, readOnly) {
    const { default: Database } = await import("better-sqlite3");
    return new Database(path, { readonly: readOnly });
  },
  async "bun:sqlite"(path, readOnly) {
    const { Database } = await import("bun:sqlite");
    return readOnly ? new Database(path, { readonly: true }) : new Database(path);
  },
};

/** The runtime that each driver needs, as set-up names it: none of them runs on every Node that the package supports. */
export const runtimeOfDriver = { "node:sqlite": "node22", "better-sqlite3": "node22", "bun:sqlite": "bun" };

/** An open database that waits `timeoutMs` for a lock by itself. */
export async function openSqlite(driver, path, { readOnly = false, timeoutMs = 0 } = {}) {
  const db = await drivers[driver](path, readOnly);
  db.exec(`pragma busy_timeout = ${timeoutMs}`);
  return db;
}
