import type { Store } from "../types/store.js";

/** A client of node-redis 4 or later, or what its `createCluster`, `createClientPool` or `createSentinel` returns. */
export interface NodeRedisClient {
  /** Sends a command as a list of its words. */
  sendCommand(command: any, ...options: any[]): Promise<any>;
}

/** A client of ioredis 4 or later, with or without sentinels, or its `Cluster`. */
export interface IoRedisClient {
  /** Sends a command by its name. */
  call(command: string, ...args: any[]): Promise<any>;
}

/**
 * Returns a store in five keys of Redis 5 or later, or Valkey: hashes of the records and of their versions, a sorted set of
 * their keys, one of the last 10 000 changes, and a counter. Any number of processes may write at the same time. A batch is one
 * server script: written whole or not at all, each entry compared and written with nothing in between. `close()` waits for the
 * writes under way and leaves `client` open.
 *
 * `changes()` reports exactly what this version writes and removes, in any process. What others do is noticed if it changes the
 * size of a key: a flush, an eviction, a deletion, an insertion, also by a process of version 0.1.0. If the client's user may
 * run `info`, a restart is noticed too, and so is, within a minute and outside a cluster, what a process of version 0.1.0
 * replaces. A value that something else replaces is found when all versions are read again.
 *
 * What an acknowledged write survives depends on the server's settings: with `appendonly yes` the end of the server's process,
 * with `appendfsync always` also a loss of power, with neither nothing. A server that evicts keys (a `maxmemory-policy` other than
 * `noeviction`) loses records; any of the five keys may be lost, and the rest is still read correctly.
 *
 * In a cluster all five keys have to be on one node, so the prefix needs a hash tag, as in `"{dbsharing}:"`, the default there.
 * While their hash slot moves to another node, a call waits for up to 10 seconds. A `keyPrefix` of the client is put before
 * `prefix`.
 *
 * @param client a client, cluster, pool or sentinel of node-redis, after `connect()` was called, which need not be awaited; or a
 *   client or cluster of ioredis
 * @param options.prefix what the keys begin with; give each collection its own. Default: `"dbsharing:"`, in a cluster
 *   `"{dbsharing}:"`
 * @throws {ShareError} a TypeError with the code `OPTION_INVALID` if no store can work over `client` (`client.legacy()`, a
 *   pipeline), or if `prefix` is empty, not a string, or, in a cluster, without a hash tag
 * @example
 * import { createClient } from "redis";
 * const client = createClient({ disableOfflineQueue: true });
 * client.on("error", () => {}); // without a listener, a lost connection ends the process
 * client.connect().catch(console.error); // keeps trying until the server is up
 * const { share } = createSharing({ serviceUrl, taskId, db: redisStore(client) });
 */
export function redisStore(client: NodeRedisClient | IoRedisClient, options?: { prefix?: string | undefined }): Store;
