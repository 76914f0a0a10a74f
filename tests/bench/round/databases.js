// The databases of a serving node: each kind of store that runs everywhere without a server, and the database of a task.
import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { toolEnvironment } from "../../../.ci/toolchain.mjs";
import { openSqlite, runtimeOfDriver } from "../../stores/sqlite-drivers.js";

/** The name of another Node of the set-up, if this one has no SQLite. */
const nodeWithSqlite = isBuiltin("node:sqlite") ? undefined : runtimeOfDriver["node:sqlite"];

/**
 * `open(stores, folder)` resolves with `{ db, close }`, with a store of the package that `stores(name)` imports from, in a
 * folder that does not exist yet.
 */
export const databases = {
  memory: { name: "memory", open: openMemory },
  leveldb: { name: "LevelDB", open: openLevel },
  sqlite: { name: "SQLite", open: openSqliteFile, runtime: nodeWithSqlite, missing: whyNoSqlite },
  nedb: { name: "NeDB", open: openNedb },
  simple: { name: "{ getAll, put } over a Map", open: async () => ({ db: simpleDb(), close() {} }) },
};

async function openMemory(stores) {
  const { memoryStore } = await stores("memory");
  return { db: memoryStore(), close() {} };
}

async function openLevel(stores, folder) {
  const [{ ClassicLevel }, { levelStore }] = await Promise.all([import("classic-level"), stores("level")]);
  const db = new ClassicLevel(folder);
  return { db: levelStore(db), close: () => db.close() };
}

async function openSqliteFile(stores, folder) {
  const { sqliteStore } = await stores("sqlite");
  await mkdir(folder);
  const db = await openSqlite("node:sqlite", join(folder, "records.sqlite"));
  return { db: sqliteStore(db), close: () => db.close() };
}

function whyNoSqlite() {
  if (nodeWithSqlite === undefined) return undefined;
  const { status } = spawnSync(nodeWithSqlite, ["--version"], { env: toolEnvironment() });
  return status === 0 ? undefined : `there is neither node:sqlite nor ${nodeWithSqlite}, so SQLite is left out`;
}

async function openNedb(stores, folder) {
  const [{ default: Datastore }, { nedbStore }] = await Promise.all([import("nedb-promises"), stores("nedb")]);
  await mkdir(folder);
  return { db: nedbStore(Datastore.create(join(folder, "records.db"))), close() {} };
}

function simpleDb() {
  const held = new Map();
  return {
    getAll: async () => [...held.values()],
    put: async (key, record) => void held.set(key, record),
  };
}
