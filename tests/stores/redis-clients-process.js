// Every test of the Redis store with one client, in the runtime that runs this: redis-clients-process.js CLIENT PLACES,
// where PLACES are the ports of the servers as JSON.
import assert from "node:assert/strict";

import { redisStore } from "../../js/stores/redis.js";
import { testStore } from "../../js/testing.js";
import { collect, entryAt, sharedKeys } from "./entries.js";
import { clientOf } from "./redis-clients.js";
import { moveSlot, triedAgain, until } from "./redis-cluster.js";
import { connect, follow, versionsOf } from "./redis-collection.js";
import { printTests } from "./tests-in-process.js";

const [name, places] = process.argv.slice(2);
const ports = JSON.parse(places);
const driver = await clientOf(name);
const admin = await connect(ports.redis);
const tests = [];
const test = (name, body) => tests.push({ name, body });
let collections = 0;

const newPrefix = () => `{${name} ${(collections += 1)}}:`;

/** A test with a client that is opened in this way, and closed afterwards. */
function testWith(how, args, title, body) {
  if (!driver[how]) return;
  test(title, async () => {
    const client = await driver[how](...args);
    try {
      await body(client);
    } finally {
      await driver.close(client);
    }
  });
}

const whole = [
  ["Redis", "open", ports.redis],
  ["Valkey", "open", ports.valkey],
  ["a cluster", "openCluster", ports.cluster],
];
for (const [where, how, place] of whole) {
  testStore(
    async () => {
      const client = await driver[how](place);
      const prefix = newPrefix();
      const open = () => redisStore(client, { prefix });
      return { store: open(), reopen: open, remove: () => driver.close(client) };
    },
    { test: (title, body) => test(`${where}: ${title}`, body) },
  );
  testWith(how, [place], `${where}: the next changes of one store have what the other writes`, bothSee);
}
testWith("openSentinel", [ports.sentinel], "a sentinel is used as its primary", bothSee);
if (!name.startsWith("io")) {
  testWith("openSentinel", [ports.sentinel], "a client that a sentinel leases is used as the primary too", async (sentinel) => {
    const lease = await sentinel.acquire();
    await bothSee(lease);
    await lease.release();
  });
}
testWith("openPool", [ports.redis], "a pool is used as a client", bothSee);
if (name.startsWith("io")) {
  const options = { enableAutoPipelining: true };
  testWith("open", [ports.redis, options], "a client that pipelines by itself is used like any other", bothSee);
  testWith("openCluster", [ports.cluster, options], "a cluster that pipelines by itself is used like any other", bothSee);
  const fromReplicas = { scaleReads: "slave" };
  testWith(
    "openCluster",
    [ports.cluster, fromReplicas],
    "a cluster that reads from replicas is read at its primaries",
    bothSee,
  );
}
if (driver.hasLegacyMode) {
  testWith("open", [ports.redis, { legacyMode: true }], "a client in legacy mode is used through its promises", bothSee);
}

async function bothSee(client) {
  const prefix = newPrefix();
  const [one, other] = [redisStore(client, { prefix }), redisStore(client, { prefix })];
  const { mark } = await one.changes();
  await other.write([entryAt("a", 1), entryAt("b", 1)]);
  await other.remove([entryAt("b", 1)]);
  const { entries } = await one.changes(mark);
  const { key, version } = entryAt("a", 1);
  entries.sort((x, y) => (x.key < y.key ? -1 : 1));
  assert.deepEqual(entries, [
    { key, version },
    { key: "b", version: undefined },
  ]);
  assert.deepEqual(await collect(one.entries()), [entryAt("a", 1)]);
}

testWith("openCluster", [ports.cluster], "in a cluster the default prefix has a hash tag", async (client) => {
  const store = redisStore(client);
  const key = name.replace(" ", "-");
  await store.write([entryAt(key, 1)]);
  assert.deepEqual(await store.getMany([key]), [entryAt(key, 1)]);
  await assert.rejects(async () => redisStore(client, { prefix: "records:" }), /wanted a hash tag in the prefix/);
});

testWith("openCluster", [ports.cluster], "a store waits while its slot moves, and loses nothing", async (client) => {
  const prefix = newPrefix();
  const store = redisStore(client, { prefix });
  const keys = sharedKeys(20);
  await store.write(keys.map((key) => entryAt(key, 1)));
  const follower = await follow(store);
  let last = 1;
  for (const keysFirst of [1, 3]) {
    let isMoving = true;
    const writing = (async () => {
      while (isMoving) {
        last += 1;
        const outcomes = await store.write(keys.map((key) => entryAt(key, last)));
        assert.ok(outcomes.every((outcome) => outcome === "written"));
      }
    })();
    writing.catch(() => {}); // until it is awaited
    try {
      await moveSlot(ports.cluster, prefix, keysFirst, async (...admins) => {
        await until(async () => (await Promise.all(admins.map(triedAgain))).some((count) => count > 0));
        const [entry] = await store.getMany([keys[0]]); // a single key of one server: it does not have to wait
        assert.ok(entry !== undefined);
      });
      assert.equal((await collect(store.entries())).length, keys.length);
    } finally {
      isMoving = false;
    }
    await writing;
    await follower.look();
    assert.deepEqual(await versionsOf(store), new Map(keys.map((key) => [key, entryAt(key, last).version])));
    assert.deepEqual(follower.held, await versionsOf(store));
  }
});

testWith("open", [ports.cluster[0]], "a client of one node of a cluster is refused with what is wanted", async (client) => {
  const write = redisStore(client).write([entryAt("a", 1)]);
  await assert.rejects(write, /is a node of a cluster: give a prefix with a hash tag/);
  const stores = sharedKeys(9).map((key) => redisStore(client, { prefix: `{${key}}:` }));
  const outcomes = await Promise.allSettled(stores.map((store) => store.write([entryAt("a", 1)])));
  const refusals = outcomes.filter(({ status }) => status === "rejected").map(({ reason }) => reason.message);
  assert.ok(refusals.length > 0 && refusals.length < 9);
  for (const refusal of refusals) assert.match(refusal, /keys are on another: give a client of the cluster \(MOVED/);
});

testWith("open", [ports.replica], "a replica is read, and refuses writes with a sentence", async (client) => {
  const prefix = newPrefix();
  await redisStore(admin, { prefix }).write([entryAt("a", 1)]);
  const store = redisStore(client, { prefix });
  const isThere = (entries) => entries.length === 1;
  const isLoading = (error) => assert.match(error.message, /LOADING/); // it is still loading what its master had
  await until(() => collect(store.entries()).then(isThere, isLoading));
  const { mark } = await store.changes();
  assert.deepEqual((await store.changes(mark)).entries, []);
  await assert.rejects(store.write([entryAt("a", 2)]), /write 1 entry: the server is a read-only replica: give/);
  const fresh = redisStore(client, { prefix: newPrefix() });
  const before = await fresh.changes();
  assert.deepEqual((await fresh.changes(before.mark)).entries, []);
});

if (driver.hasKeyPrefix) {
  for (const [how, place, tag] of [
    ["open", ports.redis, "one"],
    ["openCluster", ports.cluster, "{one}"],
  ]) {
    const options = { keyPrefix: `${tag}:${name}:` };
    testWith(how, [place, options], `${how}: keyPrefix keeps collections apart`, async (client) => {
      const otherTag = tag.replace("one", "two");
      const other = await driver[how](place, { keyPrefix: `${otherTag}:${name}:` });
      try {
        const [mine, theirs] = [client, other].map((one) => redisStore(one, { prefix: "records:" }));
        await mine.write([entryAt("a", 1)]);
        assert.deepEqual(await collect(theirs.entries()), []);
        assert.deepEqual(await theirs.getMany(["a"]), [undefined]);
        assert.deepEqual(await collect(mine.entries()), [entryAt("a", 1)]);
        const plain = await driver[how](place);
        const sameKeys = redisStore(plain, { prefix: `${tag}:${name}:records:` });
        assert.deepEqual(await collect(sameKeys.versions()), [{ key: "a", version: entryAt("a", 1).version }]);
        await driver.close(plain);
      } finally {
        await driver.close(other);
      }
    });
  }
}

for (const [how, open] of Object.entries(driver.unconnected ?? {})) {
  test(`${how}: a client that is not connected is an error that says so`, async () => {
    const isMany = how === "openCluster";
    const store = redisStore(open(isMany ? ports.cluster : ports[how === "openSentinel" ? "sentinel" : "redis"]));
    const why = /^Error: redisStore could not read 1 key: the client is not connected: await client\.connect\(\) first$/;
    await assert.rejects(store.getMany(["a"]), why);
    await assert.rejects(store.write([entryAt("a", 1)]), /the client is not connected/);
  });
}

await printTests(tests);
admin.destroy();
