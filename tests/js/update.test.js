// update: data that is dated, signed and stored as the newest record of its slot.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSharing, recordKey, signRecord } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";
import { BASE_MS, isVerifiable, record, signer as keyPair } from "./fixtures/records.js";
import { heldBy, inWorld } from "./fixtures/world.js";
import nacl from "tweetnacl";

const { seed, publicKey } = keyPair(1);
const secretKey = nacl.sign.keyPair.fromSeed(seed).secretKey;
const wallet = { publicKey, sign: async (bytes) => nacl.sign.detached(bytes, secretKey) };
const slot = recordKey(publicKey, "a");

/** A simple database, and a model as tasks have it, each over a Map. */
const simpleDb = (held = new Map()) => ({ getAll: () => held.values(), put: (key, one) => void held.set(key, one) });
const model = (held = new Map()) => ({
  getAllLinktrees: () => [...held.values()],
  setLinktree: (key, one) => void held.set(key, one),
});

const kinds = { "a store": memoryStore, "a simple database": simpleDb, "a db_model.js": model };
const keys = { "a seed": seed, "a secret key": secretKey, "a signer": wallet };

for (const [kind, db] of Object.entries(kinds)) {
  for (const [by, key] of Object.entries(keys)) {
    test(
      `updates by ${by} over ${kind} are all stored, in a row and at once`,
      inWorld(async (world) => {
        const sharing = world.sharing({ db: db(), now: () => BASE_MS });
        const results = [];
        for (let number = 0; number < 30; number += 1) results.push(await sharing.update({ uuid: "a", number }, key));
        const atOnce = Array.from({ length: 30 }, (_, number) => sharing.update({ uuid: "a", number: number + 30 }, key));
        results.push(...(await Promise.all(atOnce)));
        assert.deepEqual(
          results.map(({ ok, stored, timestampMs }) => [ok, stored, timestampMs]),
          results.map((_, at) => [true, true, BASE_MS + at]),
        );
        const [held, ...more] = await heldBy(sharing);
        assert.deepEqual([held, more], [results.at(-1).record, []]);
        assert.equal(held.data.number, 59);
        assert.ok(isVerifiable(held));
      }),
    );
  }
}

test(
  "300 updates at once on each of two slots are stored in the order of the calls, each with a time of its own",
  inWorld(async (world) => {
    const sharing = world.sharing();
    const stored = [];
    sharing.on("record", ({ data }) => stored.push(data));
    const calls = Array.from({ length: 600 }, (_, number) => ({ uuid: number % 2 === 0 ? "a" : "b", number }));
    const results = await Promise.all(calls.map((data) => sharing.update(data, secretKey)));
    assert.ok(results.every((result) => result.stored));
    for (const uuid of ["a", "b"]) {
      const ofSlot = stored.filter((data) => data.uuid === uuid);
      assert.deepEqual(
        ofSlot.map(({ number }) => number),
        calls.filter((data) => data.uuid === uuid).map(({ number }) => number),
      );
      assert.equal(new Set(ofSlot.map(({ timestamp }) => timestamp)).size, 300);
    }
  }),
);

test(
  "a given timestamp is replaced in its place, and the data is taken as it is at the call",
  inWorld(async (world) => {
    const sharing = world.sharing({ now: () => BASE_MS });
    const data = { uuid: "a", timestamp: 5, list: [1] };
    const first = sharing.update(data, secretKey);
    data.list.push(2);
    const second = sharing.update(data, secretKey);
    assert.equal((await first).signedText, `{"uuid":"a","timestamp":${BASE_MS},"list":[1]}`);
    assert.equal((await second).signedText, `{"uuid":"a","timestamp":${BASE_MS + 1},"list":[1,2]}`);
    assert.equal(data.timestamp, 5);
  }),
);

test(
  "an update is newer than the held record, even after the clock was set back",
  inWorld(async (world) => {
    let nowMs = BASE_MS;
    const db = memoryStore();
    const sharing = world.sharing({ db, now: () => nowMs });
    await sharing.put(record("a", { timestamp: BASE_MS + 500_000 }));
    assert.equal((await sharing.update({ uuid: "a" }, secretKey)).timestampMs, BASE_MS + 500_001);
    nowMs -= 60_000;
    assert.equal((await sharing.update({ uuid: "a" }, secretKey)).timestampMs, BASE_MS + 500_002);
    const other = world.sharing({ db, now: () => nowMs });
    assert.equal((await other.update({ uuid: "a" }, secretKey)).timestampMs, BASE_MS + 500_003);
    nowMs -= 3_600_000;
    const tooFar = await other.update({ uuid: "a" }, secretKey);
    assert.deepEqual([tooFar.ok, tooFar.stored, tooFar.code], [false, false, "FROM_THE_FUTURE"]);
  }),
);

const HOUR_MS = 3_600_000;
const aheads = {
  "an hour": [HOUR_MS, /(1 h|59 min) ahead.* before (50|49) min/],
  "1 000 years": [1_000 * 365 * 24 * HOUR_MS, /36\d{4} days ahead.* before 36\d{4} days/],
};
for (const [what, [aheadMs, words]] of Object.entries(aheads)) {
  test(
    `after a clock was ${what} ahead, update blames the held record and asks for no signature`,
    inWorld(async (world) => {
      let nowMs = BASE_MS + aheadMs;
      const db = memoryStore();
      const sharing = world.sharing({ db, now: () => nowMs });
      assert.equal((await sharing.update({ uuid: "a" }, secretKey)).stored, true);
      nowMs = BASE_MS;
      for (const node of [sharing, world.sharing({ db, now: () => nowMs })]) {
        const result = await node.update({ uuid: "a" }, { publicKey, sign: () => assert.fail("it was asked to sign") });
        assert.deepEqual([result.ok, result.stored, result.code, result.record], [false, false, "FROM_THE_FUTURE", undefined]);
        assert.match(result.message, /^the record held in this slot is dated /);
        assert.match(result.message, words);
        assert.match(result.message, /remove that record from the database of every node/);
      }
      nowMs += aheadMs - 600_000;
      assert.equal((await sharing.update({ uuid: "a" }, secretKey)).code, "FROM_THE_FUTURE");
      nowMs += 1;
      assert.equal((await sharing.update({ uuid: "a" }, secretKey)).timestampMs, BASE_MS + aheadMs + 1);
    }),
  );
}

test(
  "in a simple database a record dated an hour ahead stays, as in every store",
  inWorld(async (world) => {
    let nowMs = BASE_MS + HOUR_MS;
    const sharing = world.sharing({ db: simpleDb(), now: () => nowMs });
    const { record: ahead } = await sharing.update({ uuid: "a" }, secretKey);
    nowMs = BASE_MS;
    assert.deepEqual(await sharing.get(slot), ahead);
    assert.equal((await sharing.put(record("a", { timestamp: BASE_MS }))).stored, false);
    assert.equal((await sharing.update({ uuid: "a" }, secretKey)).code, "FROM_THE_FUTURE");
    assert.deepEqual(await sharing.get(slot), ahead);
  }),
);

test(
  "in a simple database a record dated 1 000 years ahead counts as absent, and an update replaces it",
  inWorld(async (world) => {
    let nowMs = BASE_MS + 1_000 * 365 * 24 * HOUR_MS;
    const sharing = world.sharing({ db: simpleDb(), now: () => nowMs });
    assert.equal((await sharing.update({ uuid: "a" }, secretKey)).stored, true);
    nowMs = BASE_MS;
    assert.equal(await sharing.get(slot), undefined);
    const { stored, timestampMs, record: signed } = await sharing.update({ uuid: "a" }, secretKey);
    assert.deepEqual([stored, timestampMs], [true, BASE_MS]);
    assert.deepEqual(await sharing.get(slot), signed);
  }),
);

test(
  "after an update that was not signed or stored, no other gets its timestamp",
  inWorld(async (world) => {
    let isDown = true;
    const store = memoryStore();
    const write = (entries) => (isDown ? Promise.reject(new Error("the disk is full")) : store.write(entries));
    const sharing = world.sharing({ db: { ...store, write }, now: () => BASE_MS, logger: null });
    const failed = await sharing.update({ uuid: "a" }, secretKey);
    assert.deepEqual([failed.ok, failed.stored, failed.code], [false, false, "STORE_FAILED"]);
    assert.equal(failed.record.data.timestamp, BASE_MS);
    isDown = false;
    assert.equal((await sharing.update({ uuid: "a" }, secretKey)).timestampMs, BASE_MS + 1);
  }),
);

const circle = { uuid: "a" };
circle.itself = circle;

const bad = {
  "a uuid that is missing": [{}, secretKey, "BAD_ID", /uuid/],
  "a uuid that is empty": [{ uuid: "" }, secretKey, "BAD_ID", /uuid/],
  "a uuid that is null": [{ uuid: null }, secretKey, "BAD_ID", /uuid/],
  "a uuid that is too long": [{ uuid: "u".repeat(300) }, secretKey, "BAD_ID", /256/],
  "a uuid that is a number": [{ uuid: 5 }, secretKey, "BAD_ID", /uuid/],
  "data that is an array": [[], secretKey, "BAD_SHAPE", /an array; wanted an object/],
  "data that is missing": [undefined, secretKey, "BAD_SHAPE", /^data is undefined; wanted an object$/],
  "data that is null": [null, secretKey, "BAD_SHAPE", /null; wanted an object/],
  "data that is a text": [
    "{}",
    secretKey,
    "BAD_SHAPE",
    /^data is a string; wanted an object: JSON text has to be parsed first$/,
  ],
  "data with a circle": [
    circle,
    secretKey,
    "BAD_SHAPE",
    /^data cannot be written as JSON: .*circular structure.* 'itself'[^\\\n]*$/,
  ],
  "data with a BigInt": [{ uuid: "a", count: 5n }, secretKey, "BAD_SHAPE", /^data cannot be written as JSON: .*BigInt/],
  "data that is too large": [{ uuid: "a", text: "t".repeat(70_000) }, secretKey, "TOO_LARGE", /65536/],
  "data that accept refuses": [{ uuid: "a", isRefused: true }, secretKey, "NOT_ACCEPTED", /accept/],
  "a key that is text": [{ uuid: "a" }, "secret", "BAD_KEY", /secret key/],
  "a key that is missing": [{ uuid: "a" }, undefined, "BAD_KEY", /secret key/],
  "a key of 33 bytes": [{ uuid: "a" }, new Uint8Array(33), "BAD_KEY", /bytes/],
  "a signer without sign": [{ uuid: "a" }, { publicKey }, "BAD_KEY", /sign/],
  "a signer without a key": [{ uuid: "a" }, { sign: wallet.sign }, "BAD_KEY", /publicKey/],
  "a signer whose key is another's": [
    { uuid: "a" },
    { ...wallet, publicKey: keyPair(2).publicKey },
    "BAD_SIGNATURE",
    /signature/,
  ],
  "a signer that throws": [
    { uuid: "a" },
    {
      publicKey,
      sign() {
        throw new Error("locked");
      },
    },
    "SIGNER_FAILED",
    /locked/,
  ],
  "a signer that refuses": [
    { uuid: "a" },
    { publicKey, sign: async () => Promise.reject(new Error("refused by its owner")) },
    "SIGNER_FAILED",
    /refused by its owner/,
  ],
};

for (const [what, [data, key, code, words]] of Object.entries(bad)) {
  test(
    `${what} is ${code} in the result, and the next update is stored`,
    inWorld(async (world) => {
      const sharing = world.sharing({ accept: ({ data }) => data.isRefused !== true });
      const result = await sharing.update(data, key);
      assert.deepEqual([result.ok, result.stored, result.code], [false, false, code]);
      assert.match(result.message, words);
      assert.equal((await sharing.update({ uuid: "a" }, secretKey)).stored, true);
    }),
  );
}

for (const uuid of [undefined, null, 5, {}, "", "u".repeat(257)]) {
  test(
    `update, signRecord and recordKey agree about the uuid ${String(uuid).slice(0, 9) || "that is empty"}`,
    inWorld(async (world) => {
      const data = { uuid, timestamp: BASE_MS };
      const words = (work) => {
        try {
          return work();
        } catch ({ code, message }) {
          return `${code} ${message}`;
        }
      };
      const signing = words(() => signRecord(data, seed));
      for (const identity of ["record", "owner"]) {
        const { code, message } = await world.sharing({ identity }).update(data, seed);
        assert.equal(`${code} ${message}`, signing);
      }
      assert.match(signing, /^BAD_ID /);
      if (uuid !== undefined)
        assert.equal(
          words(() => recordKey(publicKey, uuid)),
          signing.replace("data.", ""),
        );
    }),
  );
}

test(
  "while a wallet asks its owner, only that slot waits",
  inWorld(async (world) => {
    const sharing = world.sharing();
    let confirm;
    const asked = new Promise((resolve) => (confirm = resolve));
    const slow = { publicKey, sign: async (bytes) => (await asked, wallet.sign(bytes)) };
    const order = [];
    const waiting = sharing.update({ uuid: "a", number: 1 }, slow).then((result) => order.push(["slow", result.stored]));
    const behind = sharing.update({ uuid: "a", number: 2 }, secretKey).then((result) => order.push(["behind", result.stored]));
    assert.equal((await sharing.update({ uuid: "b" }, secretKey)).stored, true);
    assert.equal((await sharing.put(record("c"))).stored, true);
    assert.deepEqual(order, []);
    confirm();
    await Promise.all([waiting, behind]);
    assert.deepEqual(order, [
      ["slow", true],
      ["behind", true],
    ]);
    assert.equal((await sharing.get(slot)).data.number, 2);
  }),
);

/** A signer; during its first signings another node writes to the slot through the same database. */
function interruptedSigner(other, { times, now }) {
  const signed = [];
  const sign = async (bytes) => {
    signed.push(JSON.parse(new TextDecoder().decode(bytes)).timestamp);
    if (signed.length <= times) await other.put(record("a", { timestamp: now + signed.length * 1000 }));
    return wallet.sign(bytes);
  };
  return { publicKey, sign, signed };
}

test(
  "a write of another process in the meantime is not lost silently: the update is dated after it and signed again",
  inWorld(async (world) => {
    const db = memoryStore();
    const [sharing, other] = [0, 1].map(() => world.sharing({ db, now: () => BASE_MS }));
    const key = interruptedSigner(other, { times: 2, now: BASE_MS });
    const result = await sharing.update({ uuid: "a", number: 1 }, key);
    assert.equal(result.stored, true);
    assert.deepEqual(key.signed, [BASE_MS, BASE_MS + 1001, BASE_MS + 2001]);
    assert.deepEqual(await sharing.get(slot), result.record);
  }),
);

test(
  "an update that is always overtaken fails after ten signings and says so",
  inWorld(async (world) => {
    const db = memoryStore();
    const [sharing, other] = [0, 1].map(() => world.sharing({ db, now: () => BASE_MS }));
    const key = interruptedSigner(other, { times: Infinity, now: BASE_MS });
    const result = await sharing.update({ uuid: "a" }, key);
    assert.equal(key.signed.length, 10);
    assert.deepEqual([result.ok, result.stored, result.why], [true, false, "STALE"]);
    assert.ok(result.heldVersion > result.version);
    assert.equal(result.record.data.timestamp, result.timestampMs);
  }),
);

test("update can be taken out of its Sharing", async () => {
  const { update } = createSharing({ taskId: "task", db: memoryStore() });
  assert.equal((await update({ uuid: "a" }, secretKey)).stored, true);
});
