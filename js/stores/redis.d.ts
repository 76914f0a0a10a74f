import type { Store } from "../types/store.js";

/** A client of node-redis 4 or later. */
export interface NodeRedisClient {
  /** Sends a command as a list of its words. */
  sendCommand(command: any, ...options: any[]): Promise<any>;
}

/** A client of ioredis. */
export interface IoRedisClient {
  /** Sends a command by its name. */
  call(command: string, ...args: any[]): Promise<any>;
}

/**
 * A store in three keys of Redis or Valkey: a hash of records, a hash of their versions, a sorted set of their keys.
 * Any number of processes may write at once. A batch is one script of the server: whole or not at all, each entry
 * compared and written with nothing in between. `close()` waits for writes under way and leaves `client` open.
 *
 * What an acknowledged write survives is the server's setting: with `appendonly yes` the end of its process, with
 * `appendfsync always` a loss of power, with neither nothing. A server that evicts keys (`maxmemory-policy` other than
 * `noeviction`) loses records.
 *
 * @param client of node-redis, connected; of ioredis; or a cluster of either
 * @param options.prefix what the three keys begin with; default `"dbsharing:"`. Give each collection its own. In a
 *   cluster the three have to be on one node: put a hash tag into it, as in `"{dbsharing}:"`
 * @throws TypeError when `client` is no such client, or `prefix` is empty or no text
 * @example
 * import { createClient } from "redis";
 * const client = await createClient().connect();
 * const { share } = createSharing({ serviceUrl, taskId, db: redisStore(client) });
 */
export function redisStore(client: NodeRedisClient | IoRedisClient, options?: { prefix?: string }): Store;
