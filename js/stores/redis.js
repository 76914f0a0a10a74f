// Records in Redis or Valkey, through node-redis or ioredis. Many processes may write at once: a batch is one script,
// which the server runs alone, so that each entry is compared and written with nothing in between.

import { printed } from "../core/kind-name.js";
import { wrongArgument } from "../core/option-errors.js";
import { StoreCalls } from "../core/store-calls.js";
import { claimOf } from "../core/store-contract.js";
import { checkStoreOptions } from "../core/store-options.js";
import { storeOver } from "../core/store-over.js";
import { writeOnCondition } from "../core/store-writes.js";
import { entryOfValue, soundVersion } from "../core/stored-values.js";
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
 * @throws {TypeError} when `client` is not such a client, or `prefix` is empty, not a string, or, in a cluster, without a
 *   hash tag
 * @example
 * const client = createClient({ disableOfflineQueue: true });
 * client.on("error", () => {}); // without a listener, a lost connection ends the process
 * client.connect().catch(console.error); // keeps trying until the server is up
 * const { share } = createSharing({ serviceUrl, taskId, db: redisStore(client) });
 */
export function redisStore(client, options = {}) {
  checkStoreOptions("redisStore", "client", options, ["prefix"]);
  checkPrefix(options.prefix);
  const { prefix, send, isCluster, readsReplicas } = usedClient(client, options.prefix);
  const names = ["records", "versions", "keys", "changes", "counter"].map((name) => prefix + name);

  function run(script, ...args) {
    return runScript(send, script, String(names.length), ...names, ...args.map(String));
  }

  async function getMany(keys) {
    if (keys.length === 0) return [];
    const values = await (readsReplicas ? run(READ, ...keys) : send(["hmget", names[0], ...keys]));
    return values.map((value, index) => entryOfValue(keys[index], value === null ? undefined : String(value)));
  }

  async function* entryPages({ gt, limit }, attempt) {
    const runPage = (...args) => attempt(() => run(...args));
    const count = Math.min(PAGE_ENTRIES, limit);
    for await (const keys of pages(runPage, { shown: "keys", after: gt, count })) {
      const entries = await attempt(() => getMany(keys));
      yield entries.filter((entry) => entry !== undefined); // undefined: deleted meanwhile
    }
  }

  async function* versionPages(attempt) {
    const runPage = (...args) => attempt(() => run(...args));
    for await (const page of pages(runPage, { shown: "versions", count: PAGE_VERSIONS })) {
      yield pairsOf(page).map(([key, version]) => ({ key, version: soundVersion(version) }));
    }
  }

  async function writeNewer(winners) {
    const values = winners.flatMap(({ key, version, text }) => [key, version, text]);
    const answers = await run(WRITE_NEWER, randomName(), ...values);
    const written = winners.filter((_, index) => Number(answers[index]) === 1);
    return new Set(written.map(({ key }) => key));
  }

  // In a cluster, which node answers is not known.
  async function knownScripts(scripts) {
    return isCluster ? [] : send(["script", "exists", ...scripts]);
  }

  function remove(entries) {
    const values = entries.flatMap(({ key, version }) => [key, version]);
    return run(REMOVE, randomName(), ...values);
  }

  const store = storeOver(new StoreCalls("redisStore", { reasonOf: sentenceOf }), {
    getMany,
    entryPages,
    versionPages,
    write: (entries) => writeOnCondition(entries, writeNewer),
    remove,
    changes: changesOf(run, knownScripts),
  });
  return { ...store, claim: claimOf(client, prefix, "redisStore(client, { prefix })") };
}

function checkPrefix(prefix) {
  if (prefix === undefined || (typeof prefix === "string" && prefix !== "")) return;
  throw wrongArgument("redisStore(client, { prefix })", printed(prefix), "a non-empty string");
}

function pairsOf(list) {
  return Array.from({ length: list.length / 2 }, (_, index) => [list[2 * index], list[2 * index + 1]]);
}
