// The Redis store with every client that it is for, each in the runtime that it needs, over Redis, Valkey, a cluster of
// three nodes, a sentinel and a replica.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { toolEnvironment } from "../../.ci/toolchain.mjs";
import { runtimeOfClient } from "./redis-clients.js";
import { startCluster } from "./redis-cluster.js";
import { startRedis, startSentinel, startValkey, whyNoRedis, whyNoValkey } from "./redis-server.js";

const script = fileURLToPath(new URL("redis-clients-process.js", import.meta.url));
const env = toolEnvironment({ NODE_NO_WARNINGS: "1" });
const skip = whyNoRedis() ?? whyNoValkey() ?? false;

test("the clients of the Redis store", { skip }, async (t) => {
  const { ports, stop } = await startServers();
  try {
    for (const [client, runtime] of Object.entries(runtimeOfClient)) {
      const isThere = spawnSync(runtime, ["--version"], { env }).status === 0;
      const why = isThere ? false : `there is no ${runtime}: run .ci/setup.sh`;
      await t.test(client, { skip: why }, (inner) => testClient(inner, client, runtime, ports));
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

/** Every test with one client, in a process of its own. */
async function testClient(t, client, runtime, ports) {
  const child = spawn(runtime, [script, client, JSON.stringify(ports)], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.on("close", resolve));
  let count = 0;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const { name, error } = JSON.parse(line);
      count += 1;
      await t.test(name, () => assert.equal(error, undefined, error));
    }
    assert.equal(await ended, 0, "the exit code of the tests' process");
  } finally {
    child.kill();
  }
  assert.ok(count > 0, "no test ran");
}
