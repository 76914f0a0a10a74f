// The Redis store of version 0.1.0, as it was: a process that was not updated runs it beside a new one.

import { VERSION_LENGTH, checkEntries, decideWrites, isVersion } from "../../js/core/store-contract.js";

const PAGE_ENTRIES = 100;
const PAGE_VERSIONS = 1_000;

// KEYS: the records (a hash of version and text in one value), their versions (a hash), their keys (a sorted set).
// ARGV: key, version and text of each entry. A script that fails keeps what it wrote, so everything that can fail is
// asked first: the types of the three here, memory and a read-only server by Redis itself at the first write.
const WRITE_NEWER = `
redis.call("HLEN", KEYS[1])
redis.call("HLEN", KEYS[2])
redis.call("ZCARD", KEYS[3])
local written = {}
for at = 1, #ARGV, 3 do
  local key, version, text = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local held = string.sub(redis.call("HGET", KEYS[1], key) or "", 1, ${VERSION_LENGTH})
  local isNewer = version > held
  if #held < ${VERSION_LENGTH} or not string.find(held, "^[0-9a-f]+%-[0-9a-f]+$") then isNewer = true end
  if isNewer then
    redis.call("HSET", KEYS[1], key, version .. text)
    redis.call("HSET", KEYS[2], key, version)
    redis.call("ZADD", KEYS[3], 0, key)
  end
  written[#written + 1] = isNewer and 1 or 0
end
return written`;

// ARGV: key and version of each entry.
const REMOVE = `
for at = 1, #ARGV, 2 do
  local key, version = ARGV[at], ARGV[at + 1]
  if string.sub(redis.call("HGET", KEYS[1], key) or "", 1, ${VERSION_LENGTH}) == version then
    redis.call("HDEL", KEYS[1], key)
    redis.call("HDEL", KEYS[2], key)
    redis.call("ZREM", KEYS[3], key)
  end
end`;

/**
 * A store in three keys of the database of `client`, which begin with `prefix`.
 *
 * @param {object} client of node-redis 4 or later, connected; or of ioredis; or a cluster of either
 * @param {{ prefix?: string }} [options] default "dbsharing:"; one for each collection; in a cluster with a hash tag
 * @returns {import("../../js/index.js").Store}
 * @throws {TypeError} when `client` is not such a client, or `prefix` is not a text
 * @example
 * const client = await createClient().connect();
 * const { share } = createSharing({ serviceUrl, taskId, db: redisStore(client) });
 */
export function redisStore(client, { prefix = "dbsharing:" } = {}) {
  if (typeof prefix !== "string" || prefix === "") {
    const got = JSON.stringify(prefix);
    throw new TypeError(`redisStore(client, { prefix }) wants a prefix that is a text; it got ${got}`);
  }
  const names = ["records", "versions", "keys"].map((name) => prefix + name);
  const [records, versions, sortedKeys] = names;
  const send = senderOf(client, records);
  const writes = new Set();
  let closed = false;

  async function attempt(what, ...command) {
    if (closed) throw new Error(`redisStore could not ${what}: this store is closed`);
    try {
      return await send(command.map(String));
    } catch (cause) {
      throw new Error(`redisStore could not ${what}: ${String(cause?.message ?? cause)}`, { cause });
    }
  }

  async function* pagesOfKeys(what, gt, size) {
    for (let after = gt === undefined ? "-" : `(${gt}`; ; ) {
      const page = await attempt(what, "ZRANGEBYLEX", sortedKeys, after, "+", "LIMIT", 0, size);
      if (page.length > 0) yield page.map(String);
      if (page.length < size) return;
      after = `(${page[size - 1]}`;
    }
  }

  async function writeNewer(entries) {
    const { winners, outcomes } = decideWrites(entries, []); // the greatest of each key
    const values = winners.flatMap(({ key, version, text }) => [key, version, text]);
    const answers = await attempt(`write ${entries.length} entries`, "EVAL", WRITE_NEWER, 3, ...names, ...values);
    const isWritten = new Map(winners.map((winner, index) => [winner, Number(answers[index]) === 1]));
    return entries.map((entry, index) => (outcomes[index] === "written" && isWritten.get(entry) ? "written" : "stale"));
  }

  return {
    async getMany(keys) {
      if (keys.length === 0) return [];
      const values = await attempt(`read ${keys.length} keys`, "HMGET", records, ...keys);
      return values.map((value, index) => entryOf(keys[index], value));
    },

    async *entries({ gt, limit = Infinity } = {}) {
      const what = "list its entries";
      let left = limit;
      if (left <= 0) return;
      for await (const keys of pagesOfKeys(what, gt, Math.min(PAGE_ENTRIES, left))) {
        const values = await attempt(what, "HMGET", records, ...keys);
        for (let at = 0; at < keys.length; at += 1) {
          const entry = entryOf(keys[at], values[at]);
          if (entry === undefined) continue; // deleted since
          yield entry;
          left -= 1;
          if (left <= 0) return;
        }
      }
    },

    async *versions() {
      const what = "list its versions";
      for await (const keys of pagesOfKeys(what, undefined, PAGE_VERSIONS)) {
        const values = await attempt(what, "HMGET", versions, ...keys);
        for (let at = 0; at < keys.length; at += 1) {
          if (values[at] !== null) yield { key: keys[at], version: versionOf(String(values[at])) };
        }
      }
    },

    async write(entries) {
      checkEntries(entries);
      if (entries.length === 0) return [];
      const write = writeNewer(entries);
      writes.add(write);
      return write.finally(() => writes.delete(write));
    },

    async remove(entries) {
      const values = entries.flatMap(({ key, version }) => [key, version]);
      await attempt(`remove ${entries.length} entries`, "EVAL", REMOVE, 3, ...names, ...values);
    },

    async close() {
      closed = true;
      await Promise.allSettled(writes);
    },
  };
}

/** A function that sends one command, given as texts, and returns what the server answers. */
function senderOf(client, firstKey) {
  if (typeof client?.call === "function") return (command) => client.call(...command); // ioredis
  if (typeof client?.sendCommand === "function") {
    // A cluster of node-redis wants to know the node: the one that has the first key.
    if (typeof client.getSlotMaster === "function") return (command) => client.sendCommand(firstKey, false, command);
    return (command) => client.sendCommand(command);
  }
  const wanted = "a client of node-redis (createClient) or of ioredis (new Redis)";
  throw new TypeError(`redisStore(client) wants ${wanted}; it got ${client === null ? "null" : typeof client}`);
}

function entryOf(key, value) {
  if (value === null || value === undefined) return undefined;
  const text = String(value);
  const version = versionOf(text.slice(0, VERSION_LENGTH));
  return { key, version, text: text.slice(version.length) };
}

// A value that something else has damaged counts as older than any record, so a good copy replaces it.
function versionOf(text) {
  return isVersion(text) ? text : "";
}
