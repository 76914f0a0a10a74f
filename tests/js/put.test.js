// The outcome of a task's own records: by put, by putMany and by POST, over every kind of database.
import { storeTimeoutMs } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ClassicLevel } from "classic-level";
import { createSharing, recordKey, verifyRecord } from "../../js/index.js";
import { levelStore } from "../../js/stores/level.js";
import { memoryStore } from "../../js/stores/memory.js";
import { sqliteStore } from "../../js/stores/sqlite.js";
import { BASE_MS, record, records, signer, sorted } from "./fixtures/records.js";
import { faults, linktreeModel, simpleDb, storeOver } from "./fixtures/databases.js";
import { heldBy, inWorld } from "./fixtures/world.js";

/** Databases of each kind, open while the test uses them. */
const kinds = {
  memory: (use) => use(memoryStore()),
  level: async (use) => {
    const directory = await mkdtemp(join(tmpdir(), "dbsharing-put-"));
    const db = new ClassicLevel(directory);
    await use(levelStore(db)).finally(() => db.close());
    await rm(directory, { recursive: true });
  },
  "{ getAll, put }": (use) => use(simpleDb()),
  "a LinktreeModel": (use) => use(linktreeModel({ set: replace })),
};
const sqlite = await import("node:sqlite").catch(() => undefined);
if (sqlite) kinds.sqlite = (use) => use(sqliteStore(new sqlite.DatabaseSync(":memory:")));

function replace(documents, publicKey, given) {
  const at = documents.findIndex((one) => one.publicKey === publicKey);
  documents.splice(at === -1 ? documents.length : at, 1, given);
}

/** Ways to write one record; that of HTTP adds the status. */
const ways = {
  put: async (sharing, given) => ({ result: await sharing.put(given) }),
  putMany: async (sharing, given) => ({ result: (await sharing.putMany([given]))[0] }),
  POST: async (sharing, given) => {
    const request = new Request("http://localhost/linktree", { method: "POST", body: JSON.stringify(given) });
    const response = await sharing.handle(request);
    return { result: await response.json(), status: response.status };
  },
};

const versionAt = (time) => time.toString(16).padStart(14, "0");
const [older, held, newer] = [BASE_MS - 1, BASE_MS, BASE_MS + 1].map((timestamp) => record("slot", { timestamp }));
const forged = { ...newer, signature: older.signature };

const cases = {
  "a newer record is stored": { given: newer, status: 200, says: { ok: true, stored: true } },
  "a held record is reported as held": {
    given: held,
    status: 200,
    says: { ok: true, stored: false, why: "STALE", message: /the same version/ },
    heldMs: BASE_MS,
  },
  "an older record is reported as older": {
    given: older,
    status: 409,
    says: { ok: true, stored: false, why: "STALE", message: /a newer version/ },
    heldMs: BASE_MS,
  },
  "a forged record is rejected": { given: forged, status: 400, says: { ok: false, stored: false, code: "BAD_SIGNATURE" } },
  "an item that is not a record is rejected": {
    given: [7],
    status: 400,
    says: { ok: false, stored: false, code: "BAD_SHAPE" },
  },
  "a record that the task does not accept is rejected": {
    given: newer,
    status: 400,
    says: { ok: false, stored: false, code: "NOT_ACCEPTED" },
    options: { accept: ({ data }) => data.timestamp <= BASE_MS },
  },
  "a record without room is rejected": {
    given: record("other", { by: signer(2) }),
    status: 400,
    says: { ok: false, stored: false, code: "STORE_FULL" },
    options: { maxRecords: 1 },
  },
};

function assertSays(result, { says, given, heldMs }) {
  for (const [name, wanted] of Object.entries(says)) {
    if (wanted instanceof RegExp) assert.match(result[name], wanted);
    else assert.equal(result[name], wanted, `${name} of ${JSON.stringify(result)}`);
  }
  assert.equal(typeof result.message, result.stored ? "undefined" : "string");
  assert.equal(result.heldVersion?.slice(0, 14), heldMs && versionAt(heldMs));
  if (result.ok) assert.deepEqual(JSON.parse(result.text), given);
}

for (const [kind, withDb] of Object.entries(kinds)) {
  for (const [name, one] of Object.entries(cases)) {
    test(`${kind}: ${name}, by put, putMany and POST`, async () => {
      const results = [];
      for (const way of Object.values(ways)) {
        await withDb(async (db) => {
          const sharing = createSharing({ taskId: "task", db, acceptWrites: true, storeTimeoutMs, ...one.options });
          assert.equal((await sharing.put(held)).stored, true);
          const { result, status = one.status } = await way(sharing, one.given);
          assert.equal(status, one.status);
          assertSays(result, one);
          results.push(result);
        });
      }
      assert.deepEqual(results[1], results[0]);
      assert.deepEqual(results[2], results[0]);
    });
  }
}

for (const [fault, code] of [
  ["rejects", "STORE_FAILED"],
  ["hangs", "STORE_TIMEOUT"],
]) {
  test(`the result says that a database ${fault}, by put, putMany and POST`, async () => {
    for (const [name, way] of Object.entries(ways)) {
      const db = storeOver();
      const sharing = createSharing({ taskId: "task", db, acceptWrites: true, storeTimeoutMs });
      await sharing.ready();
      db.write = faults[fault];
      const { result, status = 503 } = await way(sharing, newer);
      assert.deepEqual([status, result.ok, result.stored, result.code], [503, false, false, code], name);
      assert.deepEqual(Object.keys(result), ["ok", "stored", "code", "message"]);
    }
  });
}

test("many records are stored as they would be one by one, and each has its result", async () => {
  for (const withDb of Object.values(kinds)) {
    await withDb(async (db) => {
      const sharing = createSharing({ taskId: "task", db, storeTimeoutMs });
      const some = [1, 2, 3, 4].map((number) => record("slot", { by: signer(number) }));
      const given = [some[0], forged, some[1], () => {}, some[1], "7", some[2], some[3], undefined];
      const results = await sharing.putMany(new Set(given));
      assert.deepEqual(
        results.map(({ stored, code, why }) => code ?? why ?? stored),
        [true, "BAD_SIGNATURE", true, "BAD_SHAPE", "BAD_SHAPE", true, true, "BAD_SHAPE"],
        "a Set has each once",
      );
      assert.deepEqual(
        (await sharing.putMany([some[1], some[1]])).map(({ why }) => why),
        ["STALE", "STALE"],
      );
      assert.deepEqual(sorted(await heldBy(sharing)).length, 4);
    });
  }
});

test("of several versions of one slot the greatest is stored, and the results of the others name it", async () => {
  for (const withDb of Object.values(kinds)) {
    await withDb(async (db) => {
      const sharing = createSharing({ taskId: "task", db, storeTimeoutMs });
      const [first, last, between, again] = await sharing.putMany([older, newer, held, newer]);
      assert.deepEqual(
        [first, last, between, again].map(({ stored }) => stored),
        [false, true, false, false],
      );
      for (const stale of [first, between, again]) assert.equal(stale.heldVersion, last.version);
      assert.deepEqual(await heldBy(sharing), [newer]);
    });
  }
});

test("records from a generator are taken in pieces, in order", async () => {
  const db = storeOver();
  const writes = [];
  db.write = (entries) => {
    writes.push(entries.length);
    return db.intact.write(entries);
  };
  const sharing = createSharing({ taskId: "task", db, storeTimeoutMs });
  const heard = [];
  sharing.on("record", (one) => heard.push(one));
  let asked = 0;
  function* many() {
    for (asked = 0; asked < 2_100; asked += 1) yield asked % 700 === 3 ? forged : record(`record ${asked}`);
  }
  const results = await sharing.putMany(many());
  assert.equal(results.length, 2_100);
  results.forEach((result, at) => {
    if (at % 700 === 3) assert.equal(result.code, "BAD_SIGNATURE");
    else assert.equal(result.key, recordKey(held.publicKey, `record ${at}`));
  });
  assert.equal(heard.length, 2_097);
  assert.ok(Math.max(...writes) <= 250 && writes.length < 20, `writes of ${writes}`);
});

test("a database that hangs is waited for once, and each record has its result", async () => {
  const db = storeOver();
  let calls = 0;
  db.write = () => {
    calls += 1;
    return faults.hangs();
  };
  const sharing = createSharing({ taskId: "task", db, storeTimeoutMs });
  const results = await sharing.putMany([...records(2_500), undefined]);
  assert.deepEqual(new Set(results.map(({ code }) => code)), new Set(["STORE_TIMEOUT", "BAD_SHAPE"]));
  assert.deepEqual([results.length, results.at(-1).code, calls], [2_501, "BAD_SHAPE", 1]);
  assert.notEqual(results[0], results[1], "each record has a result object of its own");
});

test("a value that cannot be written as JSON is BAD_SHAPE in every function that takes a record", async () => {
  const sharing = createSharing({ taskId: "task", db: memoryStore() });
  const circle = { ...held };
  circle.circle = circle;
  const odd = [
    [5, /^the record is a number; wanted an object with data/],
    [undefined, /^the record is undefined; wanted/],
    [() => {}, /^the record is a function/],
    [{ toJSON() {} }, /toJSON gives nothing/],
    [{ ...held, count: 5n }, /as JSON: .*BigInt/],
    [circle, /as JSON: .*circular/],
    [
      {
        toJSON() {
          throw new Error("\u001b[2J".repeat(500));
        },
      },
      /^the record cannot be written as JSON: [ -~…]{1,400}$/,
    ],
  ];
  const all = await sharing.putMany(odd.map(([given]) => given));
  for (const [at, [given, words]] of odd.entries()) {
    const results = [all[at], await sharing.put(given), verifyRecord(given), ...(await sharing.publish(given))];
    for (const { code, message } of results) {
      assert.equal(code, "BAD_SHAPE");
      assert.match(message, words);
    }
  }
  assert.throws(() => verifyRecord(5, 5), { code: "OPTION_INVALID", message: /^verifyRecord got 5 as its options/ });
});

test("putMany of something other than several records has one result, which says so", async () => {
  const sharing = createSharing({ taskId: "task", db: memoryStore() });
  const oddity = {
    get [Symbol.iterator]() {
      throw new Error("the caller's own");
    },
  };
  for (const wrong of [undefined, null, 7, "records", { 0: held }, { records: [held] }, sharing.records(), oddity]) {
    const [{ message, ...result }, ...more] = await sharing.putMany(wrong);
    assert.deepEqual([result, more], [{ ok: false, stored: false, code: "OPTION_INVALID" }, []]);
    assert.match(message, /^putMany\(records\) (got .*; wanted an array|could not read .*: the caller's own)/);
  }
  assert.deepEqual(await sharing.putMany([]), []);
});

test("records from an iterable that then throws are stored, and the last result has the error", async () => {
  const sharing = createSharing({ taskId: "task", db: memoryStore() });
  for (const count of [0, 1, 500, 700]) {
    const results = await sharing.putMany(
      (function* failing() {
        yield* records(count);
        throw new Error("the caller's own");
      })(),
    );
    const { ok, stored, code, message } = results.pop();
    assert.deepEqual([ok, stored, code], [false, false, "OPTION_INVALID"]);
    assert.match(message, /to their end: the caller's own$/);
    assert.deepEqual([results.length, results.every((result) => result.ok)], [count, true]);
  }
  assert.equal(sharing.status().records, 700);
});

test(
  "every refused write reports that nothing was stored",
  inWorld(async (world) => {
    const { url } = await world.node();
    const post = async (path, body) => {
      const response = await fetch(url + path, { method: "POST", body });
      return [response.status, await response.json()];
    };
    for (const [path, body, status, code] of [
      ["/linktree", "x".repeat(1_100_000), 413, "TOO_LARGE"],
      ["/linktree", "{", 400, "BAD_SHAPE"],
      ["/nothing", "{}", 404, "NOT_FOUND"],
    ]) {
      const [answered, result] = await post(path, body);
      assert.deepEqual([answered, result.ok, result.stored, result.code], [status, false, false, code]);
      assert.equal(typeof result.message, "string");
    }
    assert.deepEqual(
      Object.keys(await (await fetch(`${url}/nothing`)).json()),
      ["ok", "code", "message"],
      "no write was meant",
    );
  }),
);
