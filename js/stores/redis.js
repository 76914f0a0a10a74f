// Records in Redis or Valkey, through node-redis or ioredis. Many processes may write at once: a batch is one script,
// which the server runs alone, so that each entry is compared and written with nothing in between.

import { VERSION_LENGTH, checkEntries, claimOf, decideWrites, isVersion } from "../core/store-contract.js";
import { changesOf, randomName } from "./redis/changes.js";
import { runScript, sentenceOf, usedClient } from "./redis/client.js";
import { MEND, PAGE, READ, REMOVE, WRITE_NEWER } from "./redis/scripts.js";

const PAGE_ENTRIES = 100;
const PAGE_VERSIONS = 1_000;
/** A page mends the keys this often at most: where they are lost again and again, a listing fails and is not cut short. */
const MOST_MENDS = 5;

/**
 * A store in five keys of the database of `client`, which begin with `prefix`.
 *
 * @param {object} client of node-redis 4 or later, or of ioredis; a cluster, pool or sentinel of either
 * @param {{ prefix?: string }} [options] default "dbsharing:"; one for each collection; in a cluster with a hash tag,
 *   default "{dbsharing}:"
 * @returns {import("../index.js").Store}
 * @throws {TypeError} when `client` is no such client, or `prefix` no text, or has no hash tag in a cluster
 * @example
 * const client = await createClient().connect();
 * const { share } = createSharing({ serviceUrl, taskId, db: redisStore(client) });
 */
export function redisStore(client, options = {}) {
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

  const run = (what, script, ...args) =>
    attempt(what, () => runScript(send, script, String(names.length), ...names, ...args.map(String)));

  const read = (what, keys) =>
    readsReplicas ? run(what, READ, ...keys) : attempt(what, () => send(["hmget", names[0], ...keys]));

  /** Pages of keys, or of keys and versions by turns, in ascending order. */
  async function* pages(what, shown, gt, size) {
    for (let after = encodeURIComponent(gt), mends = 0; ; ) {
      const [next, found] = await run(what, PAGE, after, size, shown);
      if (found === undefined) {
        mends += 1;
        if (mends > MOST_MENDS) throw new Error(`redisStore could not ${what}: ${LOST_AGAIN}`);
        await mend(what);
        continue;
      }
      mends = 0;
      yield found.map(String);
      after = String(next);
      if (after === "") return;
    }
  }

  /** Makes versions and keys anew from the records, in slices beside which others may write. */
  async function mend(what) {
    for (const part of ["records", "keys", "versions"]) {
      let cursor = "0";
      do cursor = String(await run(what, MEND, part, cursor));
      while (cursor !== "0");
    }
  }

  async function writeNewer(entries) {
    const { winners, outcomes } = decideWrites(entries, []); // the greatest of each key
    const values = winners.flatMap(({ key, version, text }) => [key, version, text]);
    const answers = await run(`write ${entries.length} entries`, WRITE_NEWER, randomName(), ...values);
    const isWritten = new Map(winners.map((winner, index) => [winner, Number(answers[index]) === 1]));
    return entries.map((entry, index) => (outcomes[index] === "written" && isWritten.get(entry) ? "written" : "stale"));
  }

  return {
    async getMany(keys) {
      if (keys.length === 0) return [];
      const values = await read(`read ${keys.length} keys`, keys);
      return values.map((value, index) => entryOf(keys[index], value));
    },

    async *entries({ gt = "", limit = Infinity } = {}) {
      const what = "list its entries";
      let left = limit;
      if (left <= 0) return;
      for await (const keys of pages(what, "keys", gt, Math.min(PAGE_ENTRIES, left))) {
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
      for await (const page of pages("list its versions", "versions", "", PAGE_VERSIONS)) {
        for (const [key, version] of pairsOf(page)) yield { key, version: versionOf(version) };
      }
    },

    changes: changesOf(
      (script, ...args) => run("ask what has changed", script, ...args),
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
      await run(`remove ${entries.length} entries`, REMOVE, randomName(), ...values);
    },

    claim: claimOf(client, prefix, "redisStore(client, { prefix })"),

    async close() {
      closed = true;
      await Promise.allSettled(writes);
    },
  };
}

const LOST_AGAIN =
  "the server loses its keys as often as they are made again: give it more memory, or set maxmemory-policy noeviction";

function checkPrefix(prefix) {
  if (prefix === undefined || (typeof prefix === "string" && prefix !== "")) return;
  const got = JSON.stringify(prefix);
  throw new TypeError(`redisStore(client, { prefix }) wants a prefix that is a text; it got ${got}`);
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
