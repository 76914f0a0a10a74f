// The Redis store with every client that it is for, each in the runtime that it needs, over Redis, Valkey, a cluster of
// three nodes, a sentinel and a replica.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { toolEnvironment } from "../../.ci/toolchain.mjs";
import { runtimeOfClient } from "./redis-clients.js";
import { startCluster } from "./redis-cluster.js";
import { startRedis, startSentinel, startValkey, whyNoRedis, whyNoValkey } from "./redis-server.js";

const script = fileURLToPath(new URL("redis-clients-process.js", import.meta.url));
const env = toolEnvironment({ NODE_NO_WARNINGS: "1" });
const skip = whyNoRedis() ?? whyNoValkey() ?? false;

describe("the clients of the Redis store", { skip }, () => {
  const servers = [];
  const ports = {};

  before(async () => {
    ports.redis = await portOf(startRedis());
    ports.valkey = await portOf(startValkey());
    ports.sentinel = await portOf(startSentinel(ports.redis));
    ports.replica = await portOf(startRedis("--replicaof", `127.0.0.1 ${ports.redis}`));
    const cluster = await startCluster();
    servers.push(cluster);
    ports.cluster = cluster.ports;
  });

  after(() => Promise.all(servers.map((server) => server.stop())));

  async function portOf(starting) {
    const server = await starting;
    servers.push(server);
    return server.port;
  }

  for (const [client, runtime] of Object.entries(runtimeOfClient)) {
    const isThere = spawnSync(runtime, ["--version"], { env }).status === 0;
    it(client, { skip: isThere ? false : `there is no ${runtime}: run .ci/setup.sh` }, async (t) => {
      const child = spawn(runtime, [script, client, JSON.stringify(ports)], { env, stdio: ["ignore", "pipe", "inherit"] });
      const ended = new Promise((resolve) => child.on("close", resolve));
      let count = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        const { name, error } = JSON.parse(line);
        count += 1;
        await t.test(name, () => assert.equal(error, undefined, error));
      }
      assert.equal(await ended, 0, "the exit code of the tests' process");
      assert.ok(count > 0, "no test ran");
    });
  }
});
