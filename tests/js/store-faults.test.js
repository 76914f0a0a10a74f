// A Store with one fault, in each of its methods: the round ends and reports it, nothing is served that is not
// stored, and the next round repairs the set.
import { letPass, storeTimeoutMs } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore } from "../../js/stores/memory.js";
import { record, records, sorted } from "./fixtures/records.js";
import { heldBy, inWorld, nextTurn, share } from "./fixtures/world.js";

const old = records(3);
const offered = [record("record 0", { timestamp: 1_700_000_000_001 }), ...records(4, { prefix: "new" })];
const wanted = [offered[0], old[1], old[2], ...offered.slice(1)];

/** Settles after the database call that this is part of has passed its deadline. */
async function givenUp() {
  await nextTurn();
  letPass(storeTimeoutMs);
}

const neverSettled = async () => {
  await givenUp();
  return new Promise(() => {});
};
const rejection = () => Promise.reject(new Error("the db rejected"));

async function* laterAll(iterable) {
  await givenUp();
  yield* iterable;
}

async function* thenFailing(iterable) {
  yield* iterable;
  await rejection();
}

/** Each fault, for methods that return a promise and for those that return an iterable. */
const faults = {
  throws: {
    call: () => {
      throw new Error("the db threw");
    },
  },
  "throws undefined": {
    call: () => {
      throw undefined;
    },
  },
  rejects: { call: rejection, iterate: () => thenFailing([]) },
  hangs: { call: neverSettled, iterate: () => ({ [Symbol.asyncIterator]: () => ({ next: neverSettled }) }) },
  "answers after its deadline": {
    call: async (intact) => (await givenUp(), intact()),
    iterate: (intact) => laterAll(intact()),
  },
  "does its work and rejects": {
    call: async (intact) => (await intact(), rejection()),
    iterate: (intact) => thenFailing(intact()),
  },
  "answers with nothing": { call: async () => undefined, iterate: () => undefined },
  "answers with rubbish": { call: async () => [7, null, {}], iterate: () => [7, null, {}] },
  "shares again, and waits for it": {
    call: async (intact, sharing) => (await roundOf(sharing), intact()),
    iterate: (intact, sharing) => sharingFirst(intact, sharing),
  },
};

/** The round of this Sharing. It may wait for the very call that waits for it, so the call's deadline passes. */
async function roundOf(sharing) {
  void givenUp();
  return sharing.share();
}

async function* sharingFirst(intact, sharing) {
  await roundOf(sharing);
  yield* intact();
}

const isIterated = { getMany: false, write: false, entries: true, versions: true };

for (const method of Object.keys(isIterated)) {
  for (const [name, fault] of Object.entries(faults)) {
    test(
      `a Store whose ${method}() ${name} is reported, nothing is served that is not stored, and the next round repairs`,
      inWorld(async (world) => {
        const intact = memoryStore();
        const db = { ...intact };
        const peer = await world.plainPeer(old);
        const first = await world.sharingWith([peer.url], { db: intact });
        await share(first);

        const node = await world.node({ db, peers: [peer.url], serviceUrl: (await world.list()).url });
        peer.records = offered;
        const broken = isIterated[method] ? (fault.iterate ?? fault.call) : fault.call;
        let calls = 0;
        db[method] = (...args) => ((calls += 1), broken(() => intact[method](...args), node));
        const report = await share(node);
        // A batch that fails is tried in halves, down to single records.
        assert.ok(calls <= (method === "write" ? 2 * offered.length : 1), `it is asked ${calls} times in one round`);
        await nextTurn(); // by now a late answer has come
        if (report.ok) assert.ok(isSpared(method), `${method} was called and its fault was not reported`);
        else assert.match(report.error.code, /^STORE_(FAILED|TIMEOUT|DROPPED)$/);
        const stored = new Set((await recordsIn(intact)).map((one) => JSON.stringify(one)));
        const response = await fetch(`${node.url}/linktree/list`)
          .then((answer) => answer.text())
          .catch(() => "[]");
        for (const served of whole(response)) assert.ok(stored.has(JSON.stringify(served)), "a served record is stored");

        db[method] = intact[method];
        const repaired = await share(node);
        assert.equal(repaired.ok, true, JSON.stringify(repaired.error));
        assert.deepEqual(sorted(await heldBy(node)), sorted(wanted));
        const fresh = await world.sharingWith([], { db: intact });
        await share(fresh);
        assert.equal(node.status().digest, fresh.status().digest, "the index mirrors the store");
      }),
    );
  }
}

/** A round never calls entries() of a store that has versions(). */
function isSpared(method) {
  return method === "entries";
}

async function recordsIn(store) {
  const list = [];
  for await (const { text } of store.entries()) list.push(JSON.parse(text));
  return list;
}

/** The records of a body that may be cut off. */
function whole(body) {
  try {
    const list = JSON.parse(body);
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
