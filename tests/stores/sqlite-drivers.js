// How each driver of SQLite opens a file. A driver is imported when it is asked for, because each needs its own runtime.

const drivers = {
  async "node:sqlite"(path) {
    const { DatabaseSync } = await import("node:sqlite");
    return new DatabaseSync(path);
  },
  async "better-sqlite3"(path) {
    const { default: Database } = await import("better-sqlite3");
    return new Database(path, { timeout: 0 });
  },
  async "bun:sqlite"(path) {
    const { Database } = await import("bun:sqlite");
    return new Database(path);
  },
};

/** The runtime that each driver needs, as set-up names it: none of them runs on every Node that the package supports. */
export const runtimeOfDriver = { "node:sqlite": "node22", "better-sqlite3": "node22", "bun:sqlite": "bun" };

/** An open database, which waits for no lock by itself. */
export async function openSqlite(driver, path) {
  const db = await drivers[driver](path);
  db.exec("pragma busy_timeout = 0");
  return db;
}
