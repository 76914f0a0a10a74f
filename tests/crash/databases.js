// The databases whose clients are killed, and those that processes share: one row each. A new store gets its tests of
// both by a row here. Drivers are imported where they are needed, because not every runtime has them all.
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { toolEnvironment } from "../../.ci/toolchain.mjs";

/**
 * @typedef {object} Row
 * @property {string} name what the tests and `npm run test:crash -- --only NAME` call it
 * @property {(place: string) => Promise<{ store: object, close: () => Promise<void> }>} open a store over what is in this
 *   place; the same data at each call, in whichever process
 * @property {() => Promise<{ place: string, remove: () => Promise<void> }>} prepare an empty place
 * @property {string} [runtime] the command that runs the processes that open it; default this one's
 * @property {boolean} [isShared] whether several processes may open one place at a time; then `open` also gives
 *   `byHand(statement)`, and the row has the statements `deleteOne`, `damageOne` and `deleteAll`, as an operator would write them
 * @property {() => string | undefined | Promise<string | undefined>} [whyNot] why this database cannot be tested here
 */

const sharedSql = {
  isShared: true,
  deleteOne: "delete from dbsharing_records where key = (select min(key) from dbsharing_records)",
  damageOne: "update dbsharing_records set version = 'oops' where key = (select min(key) from dbsharing_records)",
  deleteAll: "delete from dbsharing_records",
};

/** @type {Row[]} */
export const databases = [
  {
    name: "level",
    prepare: emptyFolder,
    async open(folder) {
      const [{ ClassicLevel }, { levelStore }] = await Promise.all([
        import("classic-level"),
        import("../../js/stores/level.js"),
      ]);
      const db = new ClassicLevel(folder);
      await db.open();
      return { store: levelStore(db), close: () => db.close() };
    },
  },
  {
    name: "nedb",
    prepare: emptyFolder,
    async open(folder) {
      const [{ default: Datastore }, { nedbStore }] = await Promise.all([
        import("nedb-promises"),
        import("../../js/stores/nedb.js"),
      ]);
      const store = nedbStore(Datastore.create(join(folder, "records.db")));
      return { store, close: () => store.close() };
    },
  },
  {
    name: "sqlite",
    runtime: "node22",
    whyNot: () => whyNoRuntime("node22"),
    ...sharedSql,
    prepare: emptyFolder,
    open: (folder) => openSqliteIn(folder, "node:sqlite"),
  },
  {
    name: "better-sqlite3",
    runtime: "node22",
    whyNot: () => whyNoRuntime("node22"),
    ...sharedSql,
    prepare: emptyFolder,
    open: (folder) => openSqliteIn(folder, "better-sqlite3"),
  },
  {
    name: "postgres",
    ...sharedSql,
    async whyNot() {
      const { postgresPrograms } = await import("../stores/postgres-server.js");
      return postgresPrograms() ? undefined : "there is no PostgreSQL server";
    },
    async prepare() {
      const { startPostgres } = await import("../stores/postgres-server.js");
      const { host, user, database, stop } = await startPostgres();
      return { place: JSON.stringify({ host, user, database }), remove: stop };
    },
    async open(place) {
      const [{ drivers }, { postgresStore }] = await Promise.all([
        import("../stores/postgres-drivers.js"),
        import("../../js/stores/postgres.js"),
      ]);
      const { query, end } = drivers.pg(JSON.parse(place));
      return { store: postgresStore({ query }), close: end, byHand: (statement) => query(statement, []) };
    },
  },
  {
    name: "redis",
    isShared: true,
    deleteOne: ["EVAL", "redis.call('HDEL', KEYS[1], redis.call('HRANDFIELD', KEYS[1]))", 1, "dbsharing:records"],
    damageOne: ["EVAL", "redis.call('HSET', KEYS[1], redis.call('HRANDFIELD', KEYS[1]), 'oops')", 1, "dbsharing:records"],
    deleteAll: ["FLUSHALL"],
    async whyNot() {
      const { whyNoRedis } = await import("../stores/redis-server.js");
      return whyNoRedis();
    },
    async prepare() {
      const { startRedis } = await import("../stores/redis-server.js");
      const { port, stop } = await startRedis("--appendonly", "yes", "--appendfsync", "always");
      return { place: String(port), remove: stop };
    },
    async open(port) {
      const [{ default: Redis }, { redisStore }] = await Promise.all([import("ioredis"), import("../../js/stores/redis.js")]);
      const client = new Redis({ port: Number(port), host: "127.0.0.1" });
      return { store: redisStore(client), close: () => client.quit(), byHand: (command) => client.call(...command) };
    },
  },
];

async function openSqliteIn(folder, driver) {
  const [{ openSqlite }, { sqliteStore }] = await Promise.all([
    import("../stores/sqlite-drivers.js"),
    import("../../js/stores/sqlite.js"),
  ]);
  const db = await openSqlite(driver, join(folder, "records.sqlite"));
  return { store: sqliteStore(db), close: async () => db.close(), byHand: (statement) => db.exec(statement) };
}

/** How to start a process that opens this row's database. */
export function processOf({ runtime }, args, options) {
  return [runtime ?? process.execPath, args, { ...options, env: toolEnvironment() }];
}

async function emptyFolder() {
  const place = await mkdtemp(join(tmpdir(), "dbsharing-crash-"));
  return { place, remove: () => rm(place, { recursive: true, force: true }) };
}

function whyNoRuntime(command) {
  const { status } = spawnSync(command, ["--version"], { env: toolEnvironment() });
  return status === 0 ? undefined : `there is no ${command}`;
}
