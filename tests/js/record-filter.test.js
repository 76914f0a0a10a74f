// Reading a part of all records: by owner, by prefix, after a key, with a limit.
import { storeTimeoutMs } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSharing, recordKey } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";
import { linktreeModel, simpleDb, storeOver } from "./fixtures/databases.js";
import { record, records, signer } from "./fixtures/records.js";

const UUIDS = ["a", "a b", "ab", "b", "é"];
const owners = [1, 2, 3].map((number) => signer(number));
const all = owners.flatMap((by) => UUIDS.map((uuid) => record(uuid, { by })));
const keyOf = ({ publicKey, data }) => recordKey(publicKey, data.uuid);
const ascending = [...all].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));

async function read(sharing, filter) {
  const found = [];
  for await (const one of sharing.records(filter)) found.push(one);
  return found;
}

async function holding(db, list = all) {
  const sharing = createSharing({ taskId: "task", db, storeTimeoutMs });
  assert.ok((await sharing.putMany(list)).every(({ stored }) => stored));
  return sharing;
}

for (const [kind, database] of Object.entries({ "a Store": memoryStore, "{ getAll, put }": simpleDb })) {
  test(`${kind}: a filter returns all matching records, ascending by key`, async () => {
    const sharing = await holding(database());
    const [, { publicKey }] = owners;
    const own = ascending.filter((one) => one.publicKey === publicKey);
    for (const [filter, wanted] of [
      [undefined, ascending],
      [{}, ascending],
      [{ publicKey }, own],
      [{ publicKey, limit: 2 }, own.slice(0, 2)],
      [{ publicKey, after: keyOf(own[1]) }, own.slice(2)],
      [{ prefix: `${publicKey}/a` }, own.filter(({ data }) => data.uuid.startsWith("a"))],
      [{ publicKey, prefix: `${publicKey}/a`, after: keyOf(own[0]), limit: 1 }, own.slice(1, 2)],
      [{ publicKey, prefix: publicKey.slice(0, 5) }, own],
      [{ publicKey, prefix: `${owners[0].publicKey}/` }, []],
      [{ after: keyOf(ascending[6]), limit: 3 }, ascending.slice(7, 10)],
      [{ limit: 0 }, []],
      [{ prefix: "é" }, []],
      [{ after: "\ud800" }, []],
      [{ limit: undefined, publicKey: undefined, prefix: undefined, after: undefined }, ascending],
    ]) {
      assert.deepEqual(await read(sharing, filter), wanted, JSON.stringify(filter));
    }
  });
}

test("an owner's only record is found by its publicKey", async () => {
  const list = owners.map((by) => record("one", { by }));
  for (const options of [{ db: linktreeModel() }, { db: memoryStore(), identity: "owner" }]) {
    const sharing = createSharing({ taskId: "task", storeTimeoutMs, ...options });
    await sharing.putMany(list);
    for (const one of list) assert.deepEqual(await read(sharing, { publicKey: one.publicKey }), [one]);
    assert.deepEqual(await read(sharing, { publicKey: signer(4).publicKey }), []);
  }
});

/** A store that notes from where it was read, how many steps its iterators made, and how many were closed. */
function watched() {
  const db = storeOver();
  const seen = { ranges: [], steps: 0, closed: 0 };
  db.entries = (range) => {
    const entries = db.intact.entries(range)[Symbol.asyncIterator]();
    seen.ranges.push(range?.gt);
    const iterator = {
      async next() {
        seen.steps += 1;
        return entries.next();
      },
      async return() {
        seen.closed += 1;
        return entries.return?.();
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  };
  return { db, seen };
}

const large = records(20).map(({ data }) => record(data.uuid, { text: "x".repeat(30_000) }));

test("breaking out of the loop closes the iterator of the store", async () => {
  const { db, seen } = watched();
  const sharing = await holding(db, large);
  Object.assign(seen, { ranges: [], steps: 0, closed: 0 });
  for await (const one of sharing.records()) {
    assert.ok(one.data.text);
    break;
  }
  assert.deepEqual([seen.ranges, seen.closed], [[undefined], 1]);
  assert.ok(seen.steps < 5, `${seen.steps} of 20 were read`);
});

test("a reached limit closes the iterator at once, even if no more is requested", async () => {
  const { db, seen } = watched();
  const sharing = await holding(db, large);
  seen.closed = 0;
  const reading = sharing.records({ limit: 1 });
  assert.ok((await reading.next()).value);
  assert.equal(seen.closed, 1);
  assert.equal((await reading.next()).done, true);
});

test("records before and after the prefix are not read", async () => {
  const { db, seen } = watched();
  const sharing = await holding(db);
  const own = ascending.slice(5, 10);
  Object.assign(seen, { ranges: [], steps: 0, closed: 0 });
  assert.deepEqual(await read(sharing, { publicKey: own[0].publicKey, limit: 5 }), own);
  assert.ok(seen.ranges[0] > keyOf(ascending[4]) && seen.ranges[0] < keyOf(own[0]), `read from ${seen.ranges}`);
  assert.deepEqual([seen.ranges.length, seen.closed], [1, 1]);
});

test("a wrong filter is an error of the call itself", () => {
  const sharing = createSharing({ taskId: "task", db: memoryStore() });
  for (const [filter, message] of [
    [null, /records got null as its options/],
    ["x", /records got a string as its options/],
    [{ publickey: "x" }, /did you mean publicKey/],
    [{ prefix: 7 }, /prefix is 7; wanted a string/],
    [{ after: null }, /after is null/],
    [{ limit: -1 }, /limit is -1; wanted an integer from 0/],
    [{ limit: 1.5 }, /limit/],
    [{ limit: "3" }, /limit is "3"/],
    [{ limit: Infinity }, /limit/],
    [{ publicKey: 7 }, /publicKey is 7/],
  ]) {
    assert.throws(() => sharing.records(filter), { code: "OPTION_INVALID", message });
  }
  assert.throws(() => sharing.records({ publicKey: "x" }), { code: "BAD_KEY" });
});
