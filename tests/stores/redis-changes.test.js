// `changes` over a real server: what other processes, operators and the server itself write and lose.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { redisStore } from "../../js/stores/redis.js";
import { entryAt, sharedKeys } from "./entries.js";
import { redisStore as redisStoreOfOldVersion } from "./redis-0.1.0.js";
import { connect, follow, redisOfTests, stormOf, truthOf, versionsOf } from "./redis-collection.js";
import { startRedis, whyNoRedis } from "./redis-server.js";

const skip = whyNoRedis() ?? false;

describe("changes of a Redis store", { skip }, () => {
  const redis = redisOfTests();

  /** A new collection of these entries, a store over it, and a follower of its changes. */
  async function collection(...entries) {
    const prefix = redis.newPrefix();
    const store = redisStore(redis.admin, { prefix });
    await store.write(entries);
    return { prefix, store, follower: await follow(store) };
  }

  it("reports what was written and removed since, each key once, as it is now", async () => {
    const { store } = await collection(entryAt("a", 1), entryAt("b", 1), entryAt("c", 1));
    const { mark, entries } = await store.changes();
    assert.equal(entries, undefined);
    assert.deepEqual((await store.changes(mark)).entries, []);
    await store.write([entryAt("a", 2), entryAt("d", 1)]);
    await store.write([entryAt("a", 3), entryAt("b", 1)]);
    await store.remove([entryAt("c", 1), entryAt("b", 9)]);
    const answer = await store.changes(mark);
    const named = answer.entries.sort((one, other) => (one.key < other.key ? -1 : 1));
    const [a, d] = [entryAt("a", 3), entryAt("d", 1)].map(({ key, version }) => ({ key, version }));
    assert.deepEqual(named, [a, { key: "c", version: undefined }, d]);
    assert.deepEqual((await store.changes(answer.mark)).entries, []);
  });

  it("a mark of another store is not valid", async () => {
    const { prefix, store } = await collection(entryAt("a", 1));
    const other = redisStore(redis.admin, { prefix });
    const { mark } = await store.changes();
    const ofLater = mark.replace(/ (\d+ \d*)$/, " 9$1"); // a greater number than the counter's
    const marks = ["", "garbage", (await other.changes()).mark, ofLater, `${mark} `, mark.slice(0, -3), 7];
    for (const mark of marks) assert.equal((await store.changes(mark)).entries, undefined, String(mark));
    await store.close();
    await assert.rejects(store.changes(), /could not look for changes: this store is closed/);
  });

  it("what another process writes is in the next look", async () => {
    const { prefix, store, follower } = await collection();
    for (const seed of [1, 2, 3]) {
      await stormOf(redis.server.port, prefix, { seed });
      assert.ok((await follower.look()).length > 0);
      assert.deepEqual(follower.held, await versionsOf(store));
    }
    assert.equal(follower.seen.readAnew, 0);
  });

  it("is exact while processes write and remove as fast as they can", async () => {
    const { prefix, follower } = await collection();
    let underWay = 2;
    const ended = [1, 2].map((seed) =>
      stormOf(redis.server.port, prefix, { seed, batches: 1_500 }).finally(() => (underWay -= 1)),
    );
    let looks = 0;
    for (; underWay > 0; looks += 1) await follower.look();
    const results = (await Promise.all(ended)).map(({ stdout }) => JSON.parse(stdout));
    for (const { written, removed } of results) assert.ok(written > 500 && removed > 100);
    await follower.look();
    assert.deepEqual(follower.held, await truthOf(redis.admin, prefix));
    assert.equal(follower.seen.readAnew, 0);
    assert.ok(looks > 100 && follower.seen.entries > 1_000, `${looks} looks saw ${follower.seen.entries} changes`);
  });

  it("does not report more than 10 000 changes, and remembers no more", async () => {
    const { prefix, store, follower } = await collection();
    const keys = Array.from({ length: 10_400 }, (_, index) => `key/${index}`);
    const write = (some, timestamp) => store.write(some.map((key) => entryAt(key, timestamp)));
    await write(keys.slice(0, 9_990), 1);
    const { mark } = await store.changes();
    await write(keys.slice(9_990), 1);
    assert.equal(await follower.look(), undefined);
    assert.equal(await redis.admin.zCard(`${prefix}changes`), 10_000);
    assert.equal((await store.changes(mark)).entries.length, 410);
    await write(keys, 2);
    assert.equal((await store.changes(mark)).entries, undefined);
    assert.equal(await follower.look(), undefined);
    assert.equal((await follower.look()).length, 0);
    await write(keys.slice(0, 10), 3);
    assert.equal((await follower.look()).length, 10);
    assert.equal(await redis.admin.zCard(`${prefix}changes`), 10_000);
    assert.deepEqual(follower.held, await truthOf(redis.admin, prefix));
  });

  const losses = {
    FLUSHALL: () => ["FLUSHALL"],
    "DEL of records": (prefix) => ["DEL", `${prefix}records`],
    "DEL of versions": (prefix) => ["DEL", `${prefix}versions`],
    "DEL of keys": (prefix) => ["DEL", `${prefix}keys`],
    "DEL of changes": (prefix) => ["DEL", `${prefix}changes`],
    "DEL of counter": (prefix) => ["DEL", `${prefix}counter`],
    "HDEL of a record": (prefix) => ["HDEL", `${prefix}records`, "key/003"],
    "HDEL of a version": (prefix) => ["HDEL", `${prefix}versions`, "key/003"],
    "ZREM of a key": (prefix) => ["ZREM", `${prefix}keys`, "key/003"],
    "ZREM of a change": (prefix) => ["ZREM", `${prefix}changes`, "key/003"],
    "HSET of a record": (prefix) => ["HSET", `${prefix}records`, "key/9", `${entryAt("key/9", 1).version}{}`],
    "SET of the counter": (prefix) => ["SET", `${prefix}counter`, "something else"],
  };
  for (const [name, commandOf] of Object.entries(losses)) {
    for (const isWrittenAfter of [false, true]) {
      it(`reports nothing after ${name}${isWrittenAfter ? ", even if it was written since" : ""}`, async () => {
        const entries = sharedKeys(20).map((key) => entryAt(key, 1));
        const { prefix, store, follower } = await collection(...entries);
        await redis.admin.sendCommand(commandOf(prefix));
        if (isWrittenAfter) for (const timestamp of [2, 3]) await store.write([entryAt("key/005", timestamp)]);
        assert.equal(await follower.look(), undefined);
        assert.deepEqual(follower.held, await truthOf(redis.admin, prefix));
        await store.write([entryAt("key/001", 7)]);
        await follower.look();
        const hadCounter = (await follower.look())?.length === 0;
        assert.ok(hadCounter, "after the first write it can report again");
        assert.deepEqual(follower.held, await truthOf(redis.admin, prefix));
      });
    }
  }

  for (const [name, settings, isRestored] of [
    ["a restart that lost everything", [], false],
    ["a restart over an older dump", ["--dbfilename", "dump.rdb"], true],
  ]) {
    it(`reports nothing after ${name}, although the same number was written since`, async () => {
      const own = await startRedis(...settings);
      let client = await connect(own.port);
      try {
        const store = redisStore({ sendCommand: (words) => client.sendCommand(words) });
        const write = (key, timestamp) => store.write([entryAt(key, timestamp)]);
        await write("a", 1);
        if (isRestored) await client.sendCommand(["SAVE"]);
        const follower = await follow(store);
        for (const timestamp of [2, 3]) await write("b", timestamp);
        assert.equal((await follower.look()).length, 1);
        client.destroy();
        await own.restart();
        client = await connect(own.port);
        for (const timestamp of [2, 3, 4, 5]) await write("c", timestamp);
        assert.equal(await follower.look(), undefined);
        assert.deepEqual([...follower.held.keys()], isRestored ? ["a", "c"] : ["c"]);
        await write("d", 1);
        assert.deepEqual(
          (await follower.look()).map(({ key }) => key),
          ["d"],
        );
      } finally {
        client.destroy();
        await own.stop();
      }
    });
  }

  it("a collection of version 0.1.0 is taken over unchanged", async () => {
    const { prefix } = await collection();
    const entries = sharedKeys(300).map((key) => entryAt(key, 1));
    await redisStoreOfOldVersion(redis.admin, { prefix }).write(entries);
    const store = redisStore(redis.admin, { prefix });
    const follower = await follow(store);
    assert.equal(follower.held.size, 300);
    assert.deepEqual(await follower.look(), []);
    await store.write([entryAt("key/000", 2)]);
    await follower.look();
    await store.write([entryAt("key/001", 2)]);
    assert.deepEqual(
      (await follower.look()).map(({ key }) => key),
      ["key/001"],
    );
    assert.deepEqual(follower.held, await truthOf(redis.admin, prefix));
  });

  it("what a process of version 0.1.0 adds or removes beside a new one is found at the next look", async () => {
    const { prefix, store, follower } = await collection(entryAt("a", 1));
    const old = redisStoreOfOldVersion(redis.admin, { prefix });
    await old.write([entryAt("b", 1)]);
    assert.equal(await follower.look(), undefined);
    await store.write([entryAt("c", 1)]);
    await old.remove([entryAt("b", 1)]);
    assert.equal(await follower.look(), undefined);
    assert.deepEqual([...follower.held.keys()], ["a", "c"]);
  });

  it("what a process of version 0.1.0 replaces is found at the next look, once a minute", async () => {
    const { prefix, store, follower } = await collection(entryAt("a", 1), entryAt("b", 1));
    const old = redisStoreOfOldVersion(redis.admin, { prefix });
    await old.write([entryAt("b", 2)]);
    assert.equal(await follower.look(), undefined);
    assert.equal(follower.held.get("b"), entryAt("b", 2).version);
    await old.write([entryAt("b", 3)]);
    assert.deepEqual(await follower.look(), []);
    const aMinuteOnMs = performance.now() + 60_000;
    try {
      Object.defineProperty(performance, "now", { value: () => aMinuteOnMs, configurable: true });
      assert.equal(await follower.look(), undefined);
      assert.equal(follower.held.get("b"), entryAt("b", 3).version);
      assert.deepEqual(await follower.look(), []);
    } finally {
      delete performance.now; // restores the inherited function
    }
    assert.deepEqual(await store.getMany(["b"]), [entryAt("b", 3)]);
  });

  it("scripts of another program do not cause everything to be read again", async () => {
    const own = await startRedis();
    const client = await connect(own.port);
    try {
      const follower = await follow(redisStore(client));
      await client.eval("return 1");
      assert.deepEqual(await follower.look(), []);
    } finally {
      client.destroy();
      await own.stop();
    }
  });

  it("processes of both versions that write at the same time end with the same records", async () => {
    const { prefix, store, follower } = await collection();
    const ended = ["new", "0.1.0"].map((version, seed) => stormOf(redis.server.port, prefix, { version, seed, batches: 300 }));
    await Promise.all(ended);
    assert.equal(await follower.look(), undefined);
    const truth = await truthOf(redis.admin, prefix);
    assert.deepEqual(follower.held, truth);
    assert.deepEqual(await versionsOf(redisStoreOfOldVersion(redis.admin, { prefix })), truth);
    assert.deepEqual(await versionsOf(store), truth);
  });
});
