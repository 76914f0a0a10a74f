// The databases of bench:stores: how each is opened in an empty folder, our store over it, and the bare driver's way.
import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { toolEnvironment } from "../../../.ci/toolchain.mjs";
import { RELEASED, importFrom } from "../packages.js";
import { openSqlite } from "../../stores/sqlite-drivers.js";
import { postgresPrograms, startPostgres } from "../../stores/postgres-server.js";
import { memoryStore } from "../../../js/stores/memory.js";
import { levelStore } from "../../../js/stores/level.js";

/**
 * Each row's `open(folder)` resolves with `{ store, bare, close }`, and with the store of version 0.1.0 as `released` where
 * the row says so; `missing()` gives the reason why it cannot be played here, where there is one.
 */
export const databases = {
  memory: { open: async () => ({ store: memoryStore, bare: bareMap, close: async () => {} }) },
  level: { open: openLevel },
  nedb: { open: openNedb },
  sqlite: { open: openSqliteFile, hasReleased: true, runtime: "node22", missing: () => whyNoRuntime("node22") },
  postgres: {
    open: openPostgres,
    hasReleased: true,
    missing: () => (postgresPrograms() ? undefined : "there is no PostgreSQL server"),
  },
  redis: { open: openRedis, missing: () => whyNoRuntime("redis-server") },
};

function whyNoRuntime(command) {
  const { status } = spawnSync(command, ["--version"], { env: toolEnvironment() });
  return status === 0 ? undefined : `there is no ${command}`;
}

function bareMap() {
  const held = new Map();
  return {
    write(batch) {
      for (const entry of batch) if (!(held.get(entry.key)?.version >= entry.version)) held.set(entry.key, entry);
    },
    get: (keys) => keys.map((key) => held.get(key)),
    scan: () => [...held.keys()].sort().map((key) => held.get(key)).length,
    versions: () => [...held.keys()].sort().map((key) => held.get(key).version).length,
  };
}

async function openLevel(folder) {
  const { ClassicLevel } = await import("classic-level");
  const db = new ClassicLevel(folder);
  return { store: () => levelStore(db), bare: () => bareLevel(db), close: () => db.close() };
}

const versionOf = (value) => value?.slice(0, 79);

function bareLevel(db) {
  const scan = async () => {
    let seen = 0;
    for await (const _ of db.iterator()) seen += 1;
    return seen;
  };
  return {
    async write(batch) {
      const held = await db.getMany(batch.map(({ key }) => key));
      const newer = batch.filter(({ version }, at) => !(versionOf(held[at]) >= version));
      await db.batch(
        newer.map(({ key, version, text }) => ({ type: "put", key, value: version + text })),
        { sync: true },
      );
    },
    get: (keys) => db.getMany(keys),
    scan,
    versions: scan,
  };
}

async function openNedb(folder) {
  const [{ default: Datastore }, { nedbStore }] = await Promise.all([
    import("nedb-promises"),
    import("../../../js/stores/nedb.js"),
  ]);
  await mkdir(folder, { recursive: true });
  const db = Datastore.create(join(folder, "records.db"));
  const store = () => nedbStore(db);
  return { store, bare: () => bareNedb(db), close: async () => {} };
}

/** As much as NeDB can do: it has no batch of updates and no condition. */
function bareNedb(db) {
  return {
    async write(batch) {
      const held = new Map();
      for (const document of await db.find({ _id: { $in: batch.map(({ key }) => key) } })) held.set(document._id, document);
      const newer = batch.filter(({ key, version }) => !(held.get(key)?.version >= version));
      const documents = newer.map(({ key, version, text }) => ({ _id: key, version, text }));
      await db.insert(documents.filter(({ _id }) => !held.has(_id)));
      for (const document of documents) {
        if (held.has(document._id)) await db.update({ _id: document._id }, document, { upsert: true });
      }
    },
    get: (keys) => db.find({ _id: { $in: keys } }),
    scan: async () => (await db.find({}).sort({ _id: 1 })).length,
    versions: async () => (await db.find({}, { version: 1 }).sort({ _id: 1 })).length,
  };
}

async function openSqliteFile(folder) {
  const { sqliteStore } = await import("../../../js/stores/sqlite.js");
  await mkdir(folder, { recursive: true });
  const db = await openSqlite("node:sqlite", join(folder, "records.sqlite"));
  const released = async () => (await importFrom(RELEASED, "js/stores/sqlite.js")).sqliteStore(db);
  return { store: () => sqliteStore(db), released, bare: () => bareSqlite(db), close: async () => db.close() };
}

function bareSqlite(db) {
  db.exec("create table bare (key text primary key, version text, text text) without rowid");
  const put = db.prepare(`insert into bare values (?, ?, ?) on conflict (key) do update
    set version = excluded.version, text = excluded.text where excluded.version > bare.version`);
  const one = db.prepare("select * from bare where key = ?");
  const count = (rows) => rows.length;
  return {
    write(batch) {
      db.exec("begin immediate");
      for (const { key, version, text } of batch) put.run(key, version, text);
      db.exec("commit");
    },
    get: (keys) => keys.map((key) => one.get(key)),
    scan: () => count(db.prepare("select * from bare order by key").all()),
    versions: () => count(db.prepare("select key, version from bare order by key").all()),
  };
}

async function openPostgres() {
  const [{ drivers }, { postgresStore }] = await Promise.all([
    import("../../stores/postgres-drivers.js"),
    import("../../../js/stores/postgres.js"),
  ]);
  const server = await startPostgres();
  const { query, end } = drivers.pg(server);
  const close = async () => {
    await end();
    await server.stop();
  };
  const released = async () => (await importFrom(RELEASED, "js/stores/postgres.js")).postgresStore({ query });
  return { store: () => postgresStore({ query }), released, bare: () => barePostgres(query), close };
}

async function barePostgres(query) {
  await query(`create table bare (key text collate "C" primary key, version text collate "C", text text)`);
  const columns = (batch) => ["key", "version", "text"].map((name) => batch.map((entry) => entry[name]));
  const count = async (text) => (await query(text)).rows.length;
  return {
    write: (batch) =>
      query(
        `insert into bare select * from unnest($1::text[], $2::text[], $3::text[]) on conflict (key) do update
         set version = excluded.version, text = excluded.text where excluded.version > bare.version`,
        columns(batch),
      ),
    get: async (keys) => (await query("select * from bare where key = any ($1::text[])", [keys])).rows,
    scan: () => count("select * from bare order by key"),
    versions: () => count("select key, version from bare order by key"),
  };
}

async function openRedis(folder) {
  const [{ createClient }, { redisStore }, { startRedis }] = await Promise.all([
    import("redis"),
    import("../../../js/stores/redis.js"),
    import("../../stores/redis-server.js"),
  ]);
  const server = await startRedis();
  const client = await createClient({ socket: { port: server.port } }).connect();
  const close = async () => {
    await client.quit();
    await server.stop();
  };
  return { store: () => redisStore(client), bare: () => bareRedis(client, folder), close };
}

const BARE_SCRIPT = `for at = 1, #ARGV, 3 do
  if ARGV[at + 1] > (redis.call("HGET", KEYS[2], ARGV[at]) or "") then
    redis.call("HSET", KEYS[1], ARGV[at], ARGV[at + 2])
    redis.call("HSET", KEYS[2], ARGV[at], ARGV[at + 1])
    redis.call("ZADD", KEYS[3], 0, ARGV[at])
  end
end`;

function bareRedis(client) {
  const keys = ["bare:texts", "bare:versions", "bare:keys"];
  return {
    write: (batch) =>
      client.eval(BARE_SCRIPT, { keys, arguments: batch.flatMap(({ key, version, text }) => [key, version, text]) }),
    get: (wanted) => client.hmGet(keys[0], wanted),
    scan: async () => Object.keys(await client.hGetAll(keys[0])).length,
    versions: async () => Object.keys(await client.hGetAll(keys[1])).length,
  };
}
