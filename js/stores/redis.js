// Records in Redis or Valkey, through node-redis or ioredis. Many processes may write at once: a batch is one script,
// which the server runs alone, so that each entry is compared and written with nothing in between.

import { invalid } from "../core/option-errors.js";
import { changeOf, checkEntries, claimOf, decideWrites, isVersion, readOf, VERSION_LENGTH } from "../core/store-contract.js";
import { checkStoreOptions } from "../core/store-options.js";
import { changesOf, randomName } from "./redis/changes.js";
import { runScript, sentenceOf, usedClient } from "./redis/client.js";
import { pages } from "./redis/listing.js";
import { READ, REMOVE, WRITE_NEWER } from "./redis/scripts.js";

const PAGE_ENTRIES = 100;
const PAGE_VERSIONS = 1_000;

/**
 * A store in five keys of the database of `client`, which begin with `prefix`.
 *
 * @param {object} client of node-redis 4 or later, or of ioredis; a cluster, pool or sentinel of either
 * @param {{ prefix?: string }} [options] default "dbsharing:"; one for each collection; in a cluster with a hash tag,
 *   default "{dbsharing}:"
 * @returns {import("../index.js").Store}
 * @throws {TypeError} when `client` is no such client, or `prefix` no text, or has no hash tag in a cluster
 * @example
 * const client = createClient({ disableOfflineQueue: true });
 * client.on("error", () => {}); // without a listener a lost connection ends the process
 * client.connect().catch(console.error); // goes on trying until the server is up
 * const { share } = createSharing({ serviceUrl, taskId, db: redisStore(client) });
 */
export function redisStore(client, options = {}) {
  checkStoreOptions("redisStore", "client", options, ["prefix"]);
  checkPrefix(options.prefix);
  const { prefix, send, isCluster, readsReplicas } = usedClient(client, options.prefix);
  const names = ["records", "versions", "keys", "changes", "counter"].map((name) => prefix + name);
  const writes = new Set();
  let closed = false;

  async function attempt(what, ask) {
    if (closed) throw new Error(`redisStore could not ${what}: this store is closed`);
    try {
      return await ask();
    } catch (cause) {
      throw new Error(`redisStore could not ${what}: ${sentenceOf(cause)}`, { cause });
    }
  }

  const runTo =
    (what) =>
    (script, ...args) =>
      attempt(what, () => runScript(send, script, String(names.length), ...names, ...args.map(String)));

  const read = (what, keys) =>
    readsReplicas ? runTo(what)(READ, ...keys) : attempt(what, () => send(["hmget", names[0], ...keys]));

  async function writeNewer(entries) {
    const { winners, outcomes } = decideWrites(entries, []); // the greatest of each key
    const values = winners.flatMap(({ key, version, text }) => [key, version, text]);
    const answers = await runTo(changeOf("write", entries))(WRITE_NEWER, randomName(), ...values);
    const isWritten = new Map(winners.map((winner, index) => [winner, Number(answers[index]) === 1]));
    return entries.map((entry, index) => (outcomes[index] === "written" && isWritten.get(entry) ? "written" : "stale"));
  }

  return {
    async getMany(keys) {
      if (keys.length === 0) return [];
      const values = await read(readOf(keys), keys);
      return values.map((value, index) => entryOf(keys[index], value));
    },

    async *entries({ gt = "", limit = Infinity } = {}) {
      const what = "list its entries";
      let left = limit;
      if (left <= 0) return;
      const count = Math.min(PAGE_ENTRIES, left);
      for await (const keys of pages(runTo(what), { shown: "keys", after: gt, count })) {
        if (keys.length === 0) return;
        const values = await read(what, keys);
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
      const run = runTo("list its versions");
      for await (const page of pages(run, { shown: "versions", count: PAGE_VERSIONS })) {
        for (const [key, version] of pairsOf(page)) yield { key, version: versionOf(version) };
      }
    },

    changes: changesOf(
      runTo("ask what has changed"),
      async (scripts) => (isCluster ? [] : send(["script", "exists", ...scripts])), // which node it asks, nobody knows
    ),

    async write(entries) {
      checkEntries(entries);
      if (entries.length === 0) return [];
      const write = writeNewer(entries);
      writes.add(write);
      return write.finally(() => writes.delete(write));
    },

    async remove(entries) {
      const values = entries.flatMap(({ key, version }) => [key, version]);
      await runTo(changeOf("remove", entries))(REMOVE, randomName(), ...values);
    },

    claim: claimOf(client, prefix, "redisStore(client, { prefix })"),

    async close() {
      closed = true;
      await Promise.allSettled(writes);
    },
  };
}

function checkPrefix(prefix) {
  if (prefix === undefined || (typeof prefix === "string" && prefix !== "")) return;
  const got = JSON.stringify(prefix);
  throw invalid(TypeError, `redisStore(client, { prefix }) wants a prefix that is a text; it got ${got}`);
}

function pairsOf(list) {
  return Array.from({ length: list.length / 2 }, (_, index) => [list[2 * index], list[2 * index + 1]]);
}

function entryOf(key, value) {
  if (value === null || value === undefined) return undefined;
  const text = String(value);
  const version = versionOf(text.slice(0, VERSION_LENGTH));
  return { key, version, text: text.slice(version.length) };
}

// A value that something else has damaged counts as older than any record, so that a good copy replaces it.
function versionOf(text) {
  return isVersion(text) ? text : "";
}
