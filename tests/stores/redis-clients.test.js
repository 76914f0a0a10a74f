// The Redis store with every client that it supports, each in the runtime that it needs, over Redis, Valkey, a cluster of
// three nodes, a sentinel and a replica.
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { whyNo } from "./missing-program.js";
import { runtimeOfClient } from "./redis-clients.js";
import { startCluster } from "./redis-cluster.js";
import { startRedis, startSentinel, startValkey, whyNoRedis, whyNoValkey } from "./redis-server.js";
import { testsPrintedBy } from "./tests-in-process.js";

const script = fileURLToPath(new URL("redis-clients-process.js", import.meta.url));
const skip = whyNoRedis() ?? whyNoValkey() ?? false;

test("the clients of the Redis store", { skip }, async (t) => {
  const { ports, stop } = await startServers();
  try {
    for (const [client, runtime] of Object.entries(runtimeOfClient)) {
      await t.test(client, { skip: whyNo(runtime) ?? false }, (inner) =>
        testsPrintedBy(inner, runtime, [script, client, JSON.stringify(ports)]),
      );
    }
  } finally {
    await stop();
  }
});

async function startServers() {
  const servers = [];
  const portOf = async (starting) => {
    servers.push(await starting);
    return servers.at(-1).port;
  };
  const redis = await portOf(startRedis());
  const valkey = await portOf(startValkey());
  const sentinel = await portOf(startSentinel(redis));
  const replica = await portOf(startRedis("--replicaof", `127.0.0.1 ${redis}`));
  const cluster = await startCluster();
  servers.push(cluster);
  const stop = () => Promise.all(servers.map((server) => server.stop()));
  return { ports: { redis, valkey, sentinel, replica, cluster: cluster.ports }, stop };
}
