// Every client that the Redis store takes, in the versions in use: how it is opened and closed. A client is
// imported when it is needed, because the newest ones need a newer Node.

const oldest = process.execPath;
const newer = Number(process.versions.node.split(".")[0]) >= 20 ? process.execPath : "node20";

/** The runtime of each client. */
export const runtimeOfClient = {
  "ioredis 4": oldest,
  "ioredis 5.8": oldest,
  "ioredis 5": oldest,
  "ioredis 6": newer,
  "redis 4": oldest,
  "redis 5": oldest,
  "redis 6": newer,
};

const modules = {
  "ioredis 4": () => import("ioredis4"),
  "ioredis 5.8": () => import("ioredis58"),
  "ioredis 5": () => import("ioredis"),
  "ioredis 6": () => import("ioredis6"),
  "redis 4": () => import("redis4"),
  "redis 5": () => import("redis"),
  "redis 6": () => import("redis6"),
};

/** How a client, by its name above, is opened: over one server, a cluster, a sentinel; and its own options. */
export async function clientOf(name) {
  const module = await modules[name]();
  return name.startsWith("io") ? ioRedis(module) : nodeRedis(module, name);
}

const addressOf = (port) => ({ host: "127.0.0.1", port });

function ioRedis({ default: Redis }) {
  const silent = (client) => client.on("error", () => {});
  return {
    hasKeyPrefix: true,
    open: (port, options) => silent(new Redis({ host: "127.0.0.1", port, ...options })),
    openCluster: (ports, options) => silent(new Redis.Cluster(ports.map(addressOf), options)),
    openSentinel: (port) => silent(new Redis({ sentinels: [addressOf(port)], name: "primary" })),
    close: (client) => client.disconnect(),
  };
}

function nodeRedis({ createClient, createCluster, createSentinel, createClientPool }, name) {
  const silent = (client) => client.on("error", () => {});
  const urlOf = (port) => ({ url: `redis://127.0.0.1:${port}` });
  const unconnected = {
    open: (port, options) => silent(createClient({ ...urlOf(port), ...options })),
    openCluster: (ports, options) => silent(createCluster({ rootNodes: ports.map(urlOf), ...options })),
    ...(createSentinel && {
      openSentinel: (port) => silent(createSentinel({ name: "primary", sentinelRootNodes: [addressOf(port)] })),
    }),
    ...(createClientPool && { openPool: (port) => silent(createClientPool(urlOf(port))) }),
  };
  const connected = Object.entries(unconnected).map(([how, open]) => [
    how,
    async (...args) => {
      const client = open(...args);
      await client.connect();
      return client;
    },
  ]);
  return {
    hasKeyPrefix: name === "redis 6",
    hasLegacyMode: name === "redis 4",
    unconnected,
    ...Object.fromEntries(connected),
    close: (client) => (client.destroy ? client.destroy() : client.disconnect()),
  };
}
