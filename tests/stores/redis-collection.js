// What the tests of the Redis store share: a server, and collections that they write, list and follow.
import { execFile } from "node:child_process";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient } from "redis";
import { startRedis } from "./redis-server.js";
import { collect } from "./entries.js";

const run = promisify(execFile);
const STORM = fileURLToPath(new URL("redis-storm-process.js", import.meta.url));

/** A server for the tests of one `describe`, with a client, started before them and stopped after them. */
export function redisOfTests() {
  const redis = { server: undefined, admin: undefined, newPrefix };
  let collections = 0;

  function newPrefix() {
    collections += 1;
    return `test ${collections}:`;
  }

  before(async () => {
    redis.server = await startRedis();
    redis.admin = await connect(redis.server.port);
  });

  after(async () => {
    redis.admin?.destroy();
    await redis.server?.stop();
  });

  return redis;
}

/** Writes and removes at random, in another process. */
export function stormOf(port, prefix, { version = "new", seed = 1, batches = 1, keys = 500 } = {}) {
  return run(process.execPath, [STORM, port, prefix, version, seed, batches, keys].map(String));
}

/** A connected client of node-redis, whose commands fail while the server is down. */
export function connect(port) {
  return createClient({ url: `redis://127.0.0.1:${port}`, disableOfflineQueue: true })
    .on("error", () => {}) // it reports that the server went away, which the calls report too
    .connect();
}

/** What a store lists, as a Map of key → version. */
export async function versionsOf(store) {
  return new Map((await collect(store.versions())).map(({ key, version }) => [key, version]));
}

/** What the hash of records holds, regardless of the other keys: key → version. */
export async function truthOf(admin, prefix) {
  const records = await admin.hGetAll(`${prefix}records`);
  const pairs = Object.entries(records).map(([key, value]) => [key, value.slice(0, 79)]);
  return new Map(pairs.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** A copy of a store's versions that is updated by its changes alone, and read again if they are unknown. */
export async function follow(store) {
  let { mark } = await store.changes();
  let held = await versionsOf(store);
  const seen = { readAnew: 0, entries: 0 };
  return {
    seen,
    get held() {
      return new Map([...held].sort(([one], [other]) => (one < other ? -1 : 1)));
    },
    async look() {
      const answer = await store.changes(mark);
      mark = answer.mark;
      if (answer.entries === undefined) {
        seen.readAnew += 1;
        held = await versionsOf(store);
        return undefined;
      }
      seen.entries += answer.entries.length;
      for (const { key, version } of answer.entries) {
        if (version === undefined) held.delete(key);
        else held.set(key, version);
      }
      return answer.entries;
    },
  };
}
