import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";

import { redisStore } from "../../js/stores/redis.js";
import { collect, entryAt } from "./entries.js";
import { startRedis, whyNoRedis } from "./redis-server.js";

const run = promisify(execFile);
const skip = whyNoRedis() ?? false;
const running = {}; // the servers and clients of this file's tests
let collections = 0; // each test has a collection of its own

describe("a Redis for these tests", () => {
  before(async () => {
    if (skip) return;
    running.server = await startRedis("--appendonly", "yes", "--appendfsync", "always");
    running.redis = await nodeRedis(running.server.port);
    running.ioredis = new Redis({ host: "127.0.0.1", port: running.server.port });
  });

  after(async () => {
    running.redis?.destroy();
    running.ioredis?.disconnect();
    await running.server?.stop();
  });

  function nodeRedis(port) {
    return createClient({ url: `redis://127.0.0.1:${port}`, disableOfflineQueue: true })
      .on("error", () => {}) // it reports that the server went away, which the calls report too
      .connect();
  }

  function newPrefix() {
    collections += 1;
    return `test ${collections}:`;
  }

  it("the two clients understand each other, and prefixes keep collections apart", { skip }, async () => {
    const prefix = newPrefix();
    await redisStore(running.redis, { prefix }).write([entryAt("a", 1)]);
    assert.deepEqual(await collect(redisStore(running.ioredis, { prefix }).entries()), [entryAt("a", 1)]);
    assert.deepEqual(await collect(redisStore(running.redis, { prefix: newPrefix() }).entries()), []);
  });

  it("two processes that write the same keys end with the greatest version of each", { skip }, async () => {
    const [keys, last] = [20, 300];
    const program = fileURLToPath(new URL("redis-writer.js", import.meta.url));
    const write = (first) => run(process.execPath, [program, running.server.port, keys, first, last, 2].map(String));
    const outputs = await Promise.all([write(1), write(2)]);
    const entries = await collect(redisStore(running.redis).entries());
    assert.equal(entries.length, keys);
    for (const { version, text } of entries) {
      assert.equal(parseInt(version.slice(0, 14), 16), last);
      assert.deepEqual(JSON.parse(text), { timestamp: last });
    }
    const [odd, even] = outputs.map(({ stdout }) => Number(stdout));
    assert.ok(even >= keys && odd + even <= keys * last, `${odd} and ${even} were written`);
  });

  it("one of the batches that race for the same keys is held whole", { skip }, async () => {
    const prefix = newPrefix();
    const stores = [redisStore(running.redis, { prefix }), redisStore(running.ioredis, { prefix })];
    const keys = Array.from({ length: 50 }, (_, index) => `key/${index}`);
    const batches = Array.from({ length: 40 }, (_, at) => keys.map((key) => entryAt(key, ((at * 17) % 40) + 1)));
    const outcomes = await Promise.all(batches.map((batch, at) => stores[at % 2].write(batch)));
    for (const outcome of outcomes) assert.equal(new Set(outcome).size, 1);
    const held = await collect(stores[0].entries());
    assert.deepEqual(new Set(held.map(({ version }) => version)), new Set([entryAt("a", 40).version]));
  });

  for (const name of ["records", "versions", "keys", "changes", "counter"]) {
    it(`a batch that fails because ${name} has another type leaves nothing`, { skip }, async () => {
      const prefix = newPrefix();
      await running.redis.sendCommand([name === "counter" ? "SADD" : "SET", prefix + name, "something else"]);
      const store = redisStore(running.redis, { prefix });
      await assert.rejects(store.write([entryAt("a", 1), entryAt("b", 1)]), (error) => {
        assert.match(error.message, /^redisStore could not write 2 entries: .*WRONGTYPE/);
        assert.match(error.cause.message, /WRONGTYPE/);
        return true;
      });
      await running.redis.del(prefix + name);
      assert.deepEqual(await collect(store.entries()), []);
      assert.deepEqual(await collect(store.versions()), []);
      assert.deepEqual(await store.getMany(["a", "b"]), [undefined, undefined]);
    });
  }

  it("a batch leaves nothing when the memory is full; what is held can be read and removed", { skip }, async () => {
    const store = redisStore(running.redis, { prefix: newPrefix() });
    const empty = redisStore(running.redis, { prefix: newPrefix() });
    await store.write([entryAt("a", 1), entryAt("c", 1)]);
    const { mark } = await store.changes();
    await running.redis.configSet({ maxmemory: "1" });
    try {
      await assert.rejects(store.write([entryAt("a", 2), entryAt("b", 1)]), /could not write 2 entries: .*OOM/);
      assert.deepEqual((await store.changes(mark)).entries, []);
      await store.remove([entryAt("c", 1)]);
      assert.deepEqual((await store.changes(mark)).entries, [{ key: "c", version: undefined }]);
      const before = await empty.changes();
      assert.deepEqual((await empty.changes(before.mark)).entries, []);
    } finally {
      await running.redis.configSet({ maxmemory: "0" });
    }
    assert.deepEqual(await collect(store.entries()), [entryAt("a", 1)]);
  });

  it("a read of a key of another type is an error and never absence", { skip }, async () => {
    const prefix = newPrefix();
    const store = redisStore(running.ioredis, { prefix });
    await running.redis.set(`${prefix}records`, "something else");
    await running.redis.set(`${prefix}keys`, "something else");
    const why = "a key of the store's prefix is something else's: give the store another prefix \\(.*WRONGTYPE";
    await assert.rejects(store.getMany(["a"]), new RegExp(`^Error: redisStore could not read 1 key: ${why}`));
    await assert.rejects(collect(store.entries()), new RegExp(`could not list its entries: ${why}`));
    await assert.rejects(collect(store.versions()), new RegExp(`could not list its versions: ${why}`));
    await assert.rejects(store.changes(), new RegExp(`could not look for changes: ${why}`));
  });

  it("a damaged value counts as older than any record, so a good copy replaces it", { skip }, async () => {
    const prefix = newPrefix();
    const store = redisStore(running.redis, { prefix });
    for (const damage of ["damage", "z".repeat(200)]) {
      await running.redis.hSet(`${prefix}records`, "a", damage);
      assert.deepEqual(await store.getMany(["a"]), [{ key: "a", version: "", text: damage }]);
      assert.deepEqual(await store.write([entryAt("a", 1)]), ["written"]);
      assert.deepEqual(await store.getMany(["a"]), [entryAt("a", 1)]);
    }
  });

  it("a killed server that appends each write still holds what it acknowledged", { skip }, async () => {
    const server = await startRedis("--appendonly", "yes", "--appendfsync", "always");
    let client = await nodeRedis(server.port);
    try {
      const entries = Array.from({ length: 300 }, (_, index) => entryAt(`key/${100 + index}`, 1));
      await redisStore(client).write(entries);
      await server.restart();
      client.destroy();
      client = await nodeRedis(server.port);
      assert.deepEqual(await collect(redisStore(client).entries()), entries);
    } finally {
      client.destroy();
      await server.stop();
    }
  });

  it("a server that went away is an error", { skip }, async () => {
    const server = await startRedis();
    const client = await nodeRedis(server.port);
    const store = redisStore(client);
    await store.write([entryAt("a", 1)]);
    await server.stop();
    try {
      await assert.rejects(store.getMany(["a"]), /redisStore could not read 1 key/);
      await assert.rejects(store.write([entryAt("a", 2)]), /redisStore could not write 1 entry/);
    } finally {
      client.destroy();
    }
  });

  it("in a cluster the prefix's hash tag keeps the keys on one node, and is there by default", { skip }, async () => {
    const server = await startRedis("--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1");
    const clients = [];
    try {
      const admin = await nodeRedis(server.port);
      clients.push(() => admin.destroy());
      await admin.sendCommand(["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
      // It does not announce that it is ready, so the test asks.
      while (!(await admin.sendCommand(["CLUSTER", "INFO"])).includes("cluster_state:ok"));
      const ofNodeRedis = await createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${server.port}` }] }).connect();
      clients.push(() => ofNodeRedis.destroy());
      const ofIoRedis = new Cluster([{ host: "127.0.0.1", port: server.port }]);
      clients.push(() => ofIoRedis.disconnect());
      const stores = [ofNodeRedis, ofIoRedis].map((client) => redisStore(client, { prefix: "{records}:" }));
      assert.deepEqual(await stores[0].write([entryAt("a", 1), entryAt("b", 1)]), ["written", "written"]);
      assert.deepEqual(await stores[1].write([entryAt("a", 2), entryAt("b", 1)]), ["written", "stale"]);
      for (const store of stores) assert.deepEqual(await collect(store.entries()), [entryAt("a", 2), entryAt("b", 1)]);
      for (const client of [ofNodeRedis, ofIoRedis]) {
        assert.deepEqual(await redisStore(client).write([entryAt("c", 1)]), [client === ofNodeRedis ? "written" : "stale"]);
        assert.throws(() => redisStore(client, { prefix: "records:" }), {
          name: "TypeError",
          message: /keys begin with "records:"; wanted a hash tag in the prefix.*"\{dbsharing\}:", for example$/,
        });
      }
      assert.deepEqual(await admin.sendCommand(["ZRANGE", "{dbsharing}:keys", "0", "-1"]), ["c"]);
      const direct = redisStore(admin, { prefix: "records:" });
      const why = /is a node of a cluster: give a prefix with a hash tag.*CROSSSLOT/;
      await assert.rejects(direct.write([entryAt("a", 1)]), why);
    } finally {
      for (const disconnect of clients) disconnect();
      await server.stop();
    }
  });

  it("without permission to run scripts an error says so; without permission to ask the server about itself it works", {
    skip,
  }, async () => {
    const prefix = newPrefix();
    const asUser = async (name, rules) => {
      await running.redis.sendCommand(["ACL", "SETUSER", name, "on", "nopass", "~*", ...rules]);
      const url = `redis://${name}:any@127.0.0.1:${running.server.port}`;
      return createClient({ url }).connect();
    };
    const [reader, writer] = [await asUser("reader", ["+@read"]), await asUser("writer", ["+@all", "-@dangerous"])];
    try {
      const write = redisStore(reader, { prefix }).write([entryAt("a", 1)]);
      await assert.rejects(write, /user may not do that: it needs eval.*NOPERM/);
      const store = redisStore(writer, { prefix });
      const { mark } = await store.changes();
      await store.write([entryAt("a", 1)]);
      assert.equal((await store.changes(mark)).entries.length, 1);
    } finally {
      reader.destroy();
      writer.destroy();
    }
  });

  it("closing the store leaves the client open", { skip }, async () => {
    const store = redisStore(running.redis, { prefix: newPrefix() });
    await store.close();
    assert.equal(await running.redis.ping(), "PONG");
  });
});

test("what is not a client, not a prefix, or of another collection is refused with a message that names it", () => {
  for (const wrong of [undefined, null, "redis://127.0.0.1", {}, new Map()]) {
    const refusal = {
      name: "TypeError",
      code: "OPTION_INVALID",
      message: /^redisStore\(client\) got .+; wanted a client of node-redis/,
    };
    assert.throws(() => redisStore(wrong), refusal);
  }
  const pipeline = new Redis({ lazyConnect: true }).pipeline();
  assert.throws(() => redisStore(pipeline), { name: "TypeError", message: /got a pipeline of ioredis/ });
  const legacy = createClient().legacy();
  const refusal = { name: "TypeError", message: / got client\.legacy\(\).* give the client itself; wanted / };
  assert.throws(() => redisStore(legacy), refusal);
  const shared = createClient({ url: "redis://127.0.0.1:1" });
  const { claim } = redisStore(shared, { prefix: "one:" });
  claim("records");
  claim("records");
  redisStore(shared, { prefix: "two:" }).claim("others");
  const taken = /"others" was given the place of the collection "records".*redisStore\(client, \{ prefix \}\)$/;
  assert.throws(() => redisStore(shared, { prefix: "one:" }).claim("others"), { message: taken });
  for (const prefix of ["", null, 7]) {
    const refusal = { name: "TypeError", code: "OPTION_INVALID", message: /; wanted a non-empty string$/ };
    assert.throws(() => redisStore({ call() {} }, { prefix }), refusal);
  }
});

test("a message of a driver is cut to 300 characters", async () => {
  const talkative = { sendCommand: async () => Promise.reject(new Error("x".repeat(20_000))) };
  await assert.rejects(redisStore(talkative).getMany(["a"]), (error) => {
    assert.equal(error.message, `redisStore could not read 1 key: ${"x".repeat(299)}…`);
    return error.cause.message.length === 20_000;
  });
});
