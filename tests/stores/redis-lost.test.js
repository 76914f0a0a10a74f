// Any key of a Redis store may be lost: what remains is read correctly, and every list is complete.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";

import { redisStore } from "../../js/stores/redis.js";
import { collect, entryAt, sharedKeys } from "./entries.js";
import { redisStore as redisStoreOfOldVersion } from "./redis-0.1.0.js";
import { connect, follow, redisOfTests, stormOf, truthOf, versionsOf } from "./redis-collection.js";
import { startRedis, whyNoRedis } from "./redis-server.js";

const skip = whyNoRedis() ?? false;

describe("a Redis store that lost keys", { skip }, () => {
  const redis = redisOfTests();

  async function collection(count) {
    const prefix = redis.newPrefix();
    const store = redisStore(redis.admin, { prefix });
    const entries = sharedKeys(count).map((key) => entryAt(key, 1));
    await store.write(entries);
    return { prefix, store, entries };
  }

  for (const name of ["versions", "keys", "changes", "counter"]) {
    for (const [how, commandOf] of [
      ["all of", (key) => ["DEL", key]],
      ["one of", (key) => (name === "keys" || name === "changes" ? ["ZREM", key, "key/002"] : ["HDEL", key, "key/002"])],
    ]) {
      if (name === "counter" && how === "one of") continue; // it is one text
      it(`without ${how} ${name} it lists everything, and so does version 0.1.0 afterwards`, async () => {
        const { prefix, entries } = await collection(250);
        await redis.admin.sendCommand(commandOf(prefix + name));
        const store = redisStore(redis.admin, { prefix });
        assert.deepEqual(await collect(store.entries()), entries);
        assert.deepEqual(await versionsOf(store), await truthOf(redis.admin, prefix));
        assert.deepEqual(await collect(store.entries({ gt: "key/100", limit: 3 })), entries.slice(101, 104));
        assert.deepEqual(await versionsOf(redisStoreOfOldVersion(redis.admin, { prefix })), await truthOf(redis.admin, prefix));
      });
    }
  }

  it("without its records it lists nothing, and fills up again", async () => {
    const { prefix, store, entries } = await collection(250);
    await redis.admin.del(`${prefix}records`);
    assert.deepEqual(await collect(store.versions()), []);
    assert.deepEqual(await collect(store.entries()), []);
    assert.deepEqual(await store.getMany(["key/001"]), [undefined]);
    assert.deepEqual(
      await store.write(entries),
      entries.map(() => "written"),
    );
    assert.deepEqual(await collect(store.entries()), entries);
  });

  it("what remains after the loss of single records is listed, even if as many others came", async () => {
    const { prefix, store, entries } = await collection(250);
    for (const { key } of entries.slice(0, 100)) await redis.admin.hDel(`${prefix}records`, key);
    await store.write([entryAt("key/a", 1), entryAt("key/b", 1)]);
    const truth = await truthOf(redis.admin, prefix);
    assert.equal(truth.size, 152);
    assert.deepEqual(await versionsOf(store), truth);
    assert.deepEqual(
      (await collect(store.entries())).map(({ key }) => key),
      [...truth.keys()],
    );
  });

  it("a version that differs from that of its record is not believed", async () => {
    const { prefix, store } = await collection(3);
    await redis.admin.hSet(`${prefix}versions`, "key/001", entryAt("key/001", 9).version);
    assert.deepEqual(await versionsOf(store), await truthOf(redis.admin, prefix));
  });

  it("a listing that is under way when its keys are lost is not cut", async () => {
    const { prefix, store, entries } = await collection(350);
    for (const list of [() => store.entries(), () => store.versions()]) {
      const listed = [];
      for await (const { key } of list()) {
        if (listed.length === 120) await redis.admin.del([`${prefix}keys`, `${prefix}versions`]);
        listed.push(key);
      }
      assert.deepEqual(
        listed,
        entries.map(({ key }) => key),
      );
    }
  });

  it("keys are rebuilt while others write and remove", async () => {
    const { prefix, store } = await collection(400);
    let isUnderWay = true;
    const storm = stormOf(redis.server.port, prefix, { seed: 5, batches: 600, keys: 400 });
    const ended = storm.finally(() => (isUnderWay = false));
    const follower = await follow(store);
    while (isUnderWay) {
      await redis.admin.del(`${prefix}keys`);
      await versionsOf(store);
      await follower.look();
    }
    await ended;
    await follower.look();
    const truth = await truthOf(redis.admin, prefix);
    assert.deepEqual(await versionsOf(store), truth);
    assert.deepEqual(follower.held, truth);
    assert.equal(await redis.admin.zCard(`${prefix}keys`), truth.size);
    assert.equal(await redis.admin.hLen(`${prefix}versions`), truth.size);
  });

  it("a server that loses them as often as they are rebuilt is an error, not a short list", async () => {
    const { prefix } = await collection(20);
    const losing = {
      async sendCommand(words) {
        await redis.admin.del(`${prefix}keys`);
        return redis.admin.sendCommand(words);
      },
    };
    const why = /^Error: redisStore could not list its keys: the server loses its keys as often as/;
    await assert.rejects(collect(redisStore(losing, { prefix }).versions()), why);
    await assert.rejects(collect(redisStore(losing, { prefix }).entries()), why);
  });

  it("keys that no store would write are listed too, and do not end a listing", async () => {
    const { prefix, store, entries } = await collection(99);
    const noText = Buffer.from("key/0\xff", "latin1");
    await redis.admin.sendCommand(["HSET", `${prefix}records`, noText, "damage", "z\n%", "damage"]);
    const listed = [...(await versionsOf(store)).keys()];
    assert.equal(listed.length, 101);
    assert.deepEqual(
      listed.filter((key) => /^[\x21-\x7e]+$/.test(key)),
      entries.map(({ key }) => key),
    );
    // A key that is not text cannot be asked for as text.
    assert.deepEqual(await collect(store.entries()), [...entries, { key: "z\n%", version: "", text: "damage" }]);
  });

  it("under a memory limit that evicts keys it lists exactly what is there", async () => {
    const own = await startRedis("--maxmemory-policy", "allkeys-random", "--maxmemory-samples", "1");
    const client = await connect(own.port);
    try {
      const store = redisStore(client);
      const follower = await follow(store);
      const [, usedBytes] = /used_memory:(\d+)/.exec(await client.info("memory"));
      await client.configSet({ maxmemory: String(Number(usedBytes) + 900_000) });
      const seen = { lost: 0, listed: 0 };
      for (let round = 1; round <= 300; round += 1) {
        const count = await client.exists(storeKeys);
        await client.set(`filler ${round}`, "x".repeat(100_000));
        await store.write(sharedKeys(60).map((key) => entryAt(`${key}/${round % 7}`, round)));
        const truth = await truthOf(client, "dbsharing:");
        if (truth.size < 60 || (await client.exists(storeKeys)) < count) seen.lost += 1;
        try {
          await follower.look();
          const listed = await versionsOf(store);
          if (!isDeepStrictEqual(truth, await truthOf(client, "dbsharing:"))) continue; // evicted meanwhile
          assert.deepEqual(listed, truth);
          assert.deepEqual(follower.held, truth);
          seen.listed += 1;
        } catch (error) {
          if (!/as often as they are rebuilt/.test(error.message)) throw error; // refused, which is no lie
        }
      }
      assert.ok(seen.lost > 3 && seen.listed > 20, JSON.stringify(seen));
    } finally {
      client.destroy();
      await own.stop();
    }
  });
});

const storeKeys = ["records", "versions", "keys", "changes", "counter"].map((name) => `dbsharing:${name}`);
