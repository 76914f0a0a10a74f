// The databases of a serving node: stores that run everywhere without a server, opened as the table of databases says,
// and a task's own.
import { mkdir } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { driverNamed, openDatabase } from "../../stores/databases.js";

const sqlite = driverNamed("sqlite");
/** Another Node, as set-up names it, where this one has no SQLite. */
const runtimeOfSqlite = isBuiltin("node:sqlite") ? undefined : sqlite.runtime;

/**
 * `open(packageId, folder)` resolves with `{ db, close }`, over a store of that package and in a folder that does not exist
 * yet.
 */
export const databases = {
  memory: { name: "memory", open: openerOf(driverNamed("memory")) },
  leveldb: { name: "LevelDB", open: openerOf(driverNamed("level")) },
  sqlite: {
    name: "SQLite",
    open: openerOf(sqlite),
    runtime: runtimeOfSqlite,
    missing: () => runtimeOfSqlite && sqlite.whyNot(),
  },
  nedb: { name: "NeDB", open: openerOf(driverNamed("nedb")) },
  simple: { name: "{ getAll, put } over a Map", open: async () => ({ db: simpleDb(), close() {} }) },
};

function openerOf(row) {
  return async (packageId, folder) => {
    await mkdir(folder, { recursive: true });
    const { store, close } = await openDatabase(row, folder, packageId);
    return { db: store, close };
  };
}

function simpleDb() {
  const held = new Map();
  return {
    getAll: async () => [...held.values()],
    put: async (key, record) => void held.set(key, record),
  };
}
