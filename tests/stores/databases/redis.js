import { startRedis, whyNoRedis } from "../redis-server.js";

const redis = {
  store: "redis",
  isShared: true,
  whyNot: whyNoRedis,
  async prepare({ mustLast = false } = {}) {
    const server = await startRedis(...(mustLast ? ["--appendonly", "yes", "--appendfsync", "always"] : []));
    let count = 0;
    return {
      async emptyPlace() {
        count += 1;
        return JSON.stringify({ port: server.port, prefix: `dbsharing ${count}:` });
      },
      remove: server.stop,
    };
  },
  storeOver: ({ redisStore }, { client, prefix }) => redisStore(client, { prefix }),
};

/** @type {import("../databases.js").Row[]} */
export const databases = [
  { ...redis, name: "redis", driver: "redis", connect: connectNodeRedis, bare: bareRedis },
  { ...redis, name: "ioredis", driver: "ioredis", connect: connectIoRedis, isVariant: true },
];

async function connectNodeRedis(place) {
  const { createClient } = await import("redis");
  const { port, prefix } = JSON.parse(place);
  const client = createClient({ url: `redis://127.0.0.1:${port}`, disableOfflineQueue: true });
  await client.on("error", () => {}).connect(); // calls also fail when the server goes away
  return { client, prefix, close: () => client.close(), byHand: byHand((...command) => client.sendCommand(command), prefix) };
}

async function connectIoRedis(place) {
  const { default: Redis } = await import("ioredis");
  const { port, prefix } = JSON.parse(place);
  const client = new Redis({ port, host: "127.0.0.1" });
  return { client, prefix, close: () => client.quit(), byHand: byHand((...command) => client.call(...command), prefix) };
}

function byHand(call, prefix) {
  const records = `${prefix}records`;
  const evaluate = (script) => call("EVAL", script, "1", records);
  return {
    deleteOne: () => evaluate("redis.call('HDEL', KEYS[1], redis.call('HRANDFIELD', KEYS[1]))"),
    damageOne: () => evaluate("redis.call('HSET', KEYS[1], redis.call('HRANDFIELD', KEYS[1]), 'oops')"),
    deleteAll: () => call("FLUSHALL"),
  };
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
