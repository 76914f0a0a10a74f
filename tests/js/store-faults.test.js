// A Store that does one thing wrong, in each of its methods: the round ends in time and says so, nothing is served that
// is not stored, and the next round repairs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore } from "../../js/stores/memory.js";
import { record, records, sorted } from "./fixtures/records.js";
import { heldBy, inWorld, share } from "./fixtures/world.js";

const storeTimeoutMs = 100;
const old = records(3);
const offered = [record("record 0", { timestamp: 1_700_000_000_001 }), ...records(4, { prefix: "new" })];
const wanted = [offered[0], old[1], old[2], ...offered.slice(1)];

/** Calls back after a database has been given up, however long the machine took. */
const muchLater = () => new Promise((resolve) => setTimeout(resolve, 2 * storeTimeoutMs));
const rejection = () => Promise.reject(new Error("the db rejected"));

async function* laterAll(iterable) {
  await muchLater();
  yield* iterable;
}

async function* thenFailing(iterable) {
  yield* iterable;
  await rejection();
}

/** Each fault, for methods that promise an answer and for those that give an iterable. */
const faults = {
  "throws": { call: () => { throw new Error("the db threw"); } },
  "throws undefined": { call: () => { throw undefined; } },
  "rejects": { call: rejection, iterate: () => thenFailing([]) },
  "hangs": { call: () => new Promise(() => {}), iterate: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }) },
  "answers when it was given up": { call: async (intact) => (await muchLater(), intact()), iterate: (intact) => laterAll(intact()) },
  "does it and rejects": { call: async (intact) => (await intact(), rejection()), iterate: (intact) => thenFailing(intact()) },
  "answers with nothing": { call: async () => undefined, iterate: () => undefined },
  "answers with rubbish": { call: async () => [7, null, {}], iterate: () => [7, null, {}] },
  "shares again, and waits for it": { call: async (intact, sharing) => (await sharing.share(), intact()), iterate: (intact, sharing) => sharingFirst(intact, sharing) },
};

async function* sharingFirst(intact, sharing) {
  await sharing.share();
  yield* intact();
}

const isIterated = { getMany: false, write: false, entries: true, versions: true };

/** What a fault does to a round, by the code of its report; without one the round is as good as any. */
const harmless = { getMany: ["does it and rejects"] };

for (const method of Object.keys(isIterated)) {
  for (const [name, fault] of Object.entries(faults)) {
    test(`a Store whose ${method}() ${name}: told in time, nothing served that is not stored, repaired by the next round`, inWorld(async (world) => {
      const intact = memoryStore();
      const db = { ...intact };
      const peer = await world.plainPeer(old);
      const first = await world.sharingWith([peer.url], { db: intact });
      await share(first);

      const node = await world.node({ db, storeTimeoutMs, peers: [peer.url], serviceUrl: (await world.list()).url });
      peer.records = offered;
      const broken = isIterated[method] ? (fault.iterate ?? fault.call) : fault.call;
      db[method] = (...args) => broken(() => intact[method](...args), node);
      const began = performance.now();
      const report = await share(node);
      assert.ok(performance.now() - began < 20 * storeTimeoutMs, "in time");
      if (report.ok) assert.ok(isSpared(method), `${method} was called and its fault was not told of`);
      else assert.match(report.error.code, /^STORE_(FAILED|TIMEOUT|DROPPED)$/);
      const stored = new Set((await recordsIn(intact)).map((one) => JSON.stringify(one)));
      const response = await fetch(`${node.url}/linktree/list`).then((answer) => answer.text()).catch(() => "[]");
      for (const served of whole(response)) assert.ok(stored.has(JSON.stringify(served)), "it was stored");

      db[method] = intact[method];
      await muchLater();
      const repaired = await share(node);
      assert.equal(repaired.ok, true, JSON.stringify(repaired.error));
      assert.deepEqual(sorted(await heldBy(node)), sorted(wanted));
      const fresh = await world.sharingWith([], { db: intact });
      await share(fresh);
      assert.equal(node.status().digest, fresh.status().digest, "the index mirrors the store");
    }));
  }
}

/** A store whose versions() is there is never asked for entries() by a round. */
function isSpared(method) {
  return method === "entries";
}

async function recordsIn(store) {
  const list = [];
  for await (const { text } of store.entries()) list.push(JSON.parse(text));
  return list;
}

/** The records of a body that may have been cut off. */
function whole(body) {
  try {
    const list = JSON.parse(body);
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
