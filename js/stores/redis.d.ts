import type { Store } from "../types/store.js";

/** A client of node-redis 4 or later; what `createCluster`, `createClientPool` or `createSentinel` gives. */
export interface NodeRedisClient {
  /** Sends a command as a list of its words. */
  sendCommand(command: any, ...options: any[]): Promise<any>;
}

/** A client of ioredis 4 or later, also over sentinels, or its `Cluster`. */
export interface IoRedisClient {
  /** Sends a command by its name. */
  call(command: string, ...args: any[]): Promise<any>;
}

/**
 * A store in five keys of Redis 5 or later, or Valkey: hashes of the records and of their versions, a sorted set of
 * their keys, one of the last 10 000 changes, and a counter. Any number of processes may write at once. A batch is one
 * script of the server: whole or not at all, each entry compared and written with nothing in between. `close()` waits
 * for writes under way and leaves `client` open.
 *
 * `changes()` is exact for whatever this version writes and removes, in any process. What others do shows where it
 * moves the size of a key: a flush, an eviction, a deletion, an insertion, also by a process of version 0.1.0. A restart
 * shows too, and within a minute what a process of version 0.1.0 replaces (outside a cluster), where the client's user
 * may run `info`. A value that something else replaces is found when all versions are read again.
 *
 * What an acknowledged write survives is the server's setting: with `appendonly yes` the end of its process, with
 * `appendfsync always` a loss of power, with neither nothing. A server that evicts keys (`maxmemory-policy` other than
 * `noeviction`) loses records; any of the five may go, and what remains is read for what it is.
 *
 * In a cluster the five have to be on one node, so that a prefix needs a hash tag, as in `"{dbsharing}:"`, which is the
 * default there. While their slot moves to another node, a call waits for up to 10 s. A `keyPrefix` of the client comes
 * before `prefix`.
 *
 * @param client of node-redis, its `connect()` called, which need not be awaited; of ioredis; a cluster, pool or sentinel of either
 * @param options.prefix what the keys begin with; default `"dbsharing:"`, in a cluster `"{dbsharing}:"`. Give each
 *   collection its own
 * @throws TypeError when no store can work over `client` (`client.legacy()`, a pipeline), when `prefix` is empty or no
 *   text, or has no hash tag in a cluster
 * @example
 * import { createClient } from "redis";
 * const client = createClient({ disableOfflineQueue: true });
 * client.on("error", () => {}); // without a listener a lost connection ends the process
 * client.connect().catch(console.error); // goes on trying until the server is up
 * const { share } = createSharing({ serviceUrl, taskId, db: redisStore(client) });
 */
export function redisStore(client: NodeRedisClient | IoRedisClient, options?: { prefix?: string | undefined }): Store;
