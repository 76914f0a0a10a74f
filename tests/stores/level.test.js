import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { ClassicLevel } from "classic-level";

import { createSharing, recordKey, signRecord } from "../../js/index.js";
import { levelStore } from "../../js/stores/level.js";
import { collect, entryAt } from "./entries.js";

test("every call reports that the database is in use elsewhere, until it can be opened", async () => {
  const { directory, remove } = await folder();
  const first = new ClassicLevel(directory);
  await first.open();
  const second = new ClassicLevel(directory);
  const store = levelStore(second);
  const inUse = (what) => (error) => {
    assert.equal(
      error.message,
      `levelStore could not ${what}: the database is in use by another process, or by another database object of this one`,
    );
    return error.cause.code === "LEVEL_LOCKED";
  };
  for (let time = 0; time < 2; time += 1) {
    await assert.rejects(store.getMany(["a"]), inUse("read 1 key"));
    await assert.rejects(store.changes(), inUse("look for changes"));
    await assert.rejects(store.write([entryAt("a", 1)]), inUse("write 1 entry"));
  }
  await first.close();
  await second.open();
  assert.deepEqual(await store.getMany(["a"]), [undefined]);
  await second.close();
  await assert.rejects(
    store.getMany(["a"]),
    /could not read 1 key: Database is not open: it was closed, or could not be opened$/,
  );
  await remove();
});

test(
  "other data in the database is neither read nor changed",
  withDatabase(async (db) => {
    const foreign = [
      ["a", "1"],
      ["!dbsharin!a", "2"],
      ['!dbsharing"a', "3"],
      ["zzz", "4"],
    ];
    await db.batch(foreign.map(([key, value]) => ({ type: "put", key, value })));
    const store = levelStore(db);
    await store.write([entryAt("a", 1), entryAt("zzz", 1)]);
    assert.deepEqual(await collect(store.entries()), [entryAt("a", 1), entryAt("zzz", 1)]);
    assert.deepEqual(
      await db.getMany(foreign.map(([key]) => key)),
      foreign.map(([, value]) => value),
    );
  }),
);

test(
  "an entry that was damaged counts as absent, and a record takes its place",
  withDatabase(async (db) => {
    const store = levelStore(db);
    const [bad, good] = ["first", "second"].map((uuid) =>
      signRecord({ uuid, timestamp: 1_700_000_000_000 }, new Uint8Array(32).fill(7)),
    );
    const peers = createSharing({ taskId: "t", db: store });
    for (const record of [bad, good]) assert.equal((await peers.put(record)).stored, true);
    const key = recordKey(bad.publicKey, "first");
    await db.sublevel("dbsharing").put(key, "torn");

    const node = createSharing({ taskId: "t", db: store });
    assert.deepEqual(await collect(node.records()), [good]);
    assert.equal(await node.get(key), undefined);
    assert.equal((await node.put(bad)).stored, true);
    assert.deepEqual(await collect(node.records()), [bad, good]);
  }),
);

test(
  "two stores over one database share their lock",
  withDatabase(async (db) => {
    await assertOneLock([levelStore(db), levelStore(db)]);
  }),
);

test(
  "two sublevel objects of one name share their lock",
  withDatabase(async (db) => {
    await assertOneLock([levelStore(db.sublevel("tasks")), levelStore(db.sublevel("tasks"))]);
  }),
);

// Without a shared lock both read that nothing is there, and the older version may be written last.
async function assertOneLock([first, second]) {
  const outcomes = await Promise.all([first.write([entryAt("a", 2)]), second.write([entryAt("a", 1)])]);
  assert.deepEqual(outcomes, [["written"], ["stale"]]);
  assert.deepEqual(await second.getMany(["a"]), [entryAt("a", 2)]);
}

test(
  "sublevels of different names are different stores",
  withDatabase(async (db) => {
    const [first, second] = [levelStore(db.sublevel("first")), levelStore(db.sublevel("second"))];
    await first.write([entryAt("a", 1)]);
    assert.deepEqual(await second.getMany(["a"]), [undefined]);
  }),
);

test(
  "closing the store waits for the writes under way",
  withDatabase(async (db) => {
    const store = levelStore(db);
    let isWritten = false;
    const write = store.write([entryAt("a", 1)]).then(() => (isWritten = true));
    await store.close();
    await Promise.resolve();
    assert.equal(isWritten, true);
    await write;
  }),
);

test(
  "closing the store leaves the database open",
  withDatabase(async (db) => {
    const store = levelStore(db);
    await store.write([entryAt("a", 1)]);
    await store.close();
    assert.equal(db.status, "open");
    assert.deepEqual(await levelStore(db).getMany(["a"]), [entryAt("a", 1)]);
  }),
);

test(
  "a failed read reports what failed and why, and is never taken for absence",
  withDatabase(async (db) => {
    const store = levelStore(db);
    await store.write([entryAt("a", 1)]);
    await db.close();
    const failure = {
      message: /^levelStore could not read 1 key: .*not open/,
      cause: { code: "LEVEL_DATABASE_NOT_OPEN" },
    };
    await assert.rejects(store.getMany(["a"]), (error) => {
      assert.match(error.message, failure.message);
      assert.equal(error.cause.code, failure.cause.code);
      return true;
    });
    await assert.rejects(collect(store.entries()), /could not list its entries/);
    await assert.rejects(collect(store.versions()), /could not list its versions/);
    await assert.rejects(store.write([entryAt("a", 2)]), /could not write 1 entry/);
  }),
);

test(
  "a failed write does not stop the next one",
  withDatabase(async (db) => {
    const store = levelStore(db);
    const batch = db.batch;
    db.batch = () => Promise.reject(new Error("the disk is full"));
    await assert.rejects(store.write([entryAt("a", 1)]), /could not write 1 entry: the disk is full/);
    db.batch = batch;
    assert.deepEqual(await store.write([entryAt("a", 1)]), ["written"]);
  }),
);

test(
  "a long message of the driver is cut",
  withDatabase(async (db) => {
    db.batch = () => Promise.reject(new Error("x".repeat(20_000)));
    await assert.rejects(levelStore(db).write([entryAt("a", 1)]), /^Error: levelStore could not write 1 entry: x{299}…$/);
  }),
);

test(
  "an acknowledged write was one batch, to be synced to the disk",
  withDatabase(async (db) => {
    const calls = [];
    const batch = db.batch.bind(db);
    db.batch = (operations, options) => {
      calls.push({ operations: operations.length, sync: options.sync });
      return batch(operations, options);
    };
    await levelStore(db).write([entryAt("a", 1), entryAt("b", 1), entryAt("a", 2)]);
    assert.deepEqual(calls, [{ operations: 2, sync: true }]);
  }),
);

test(
  "a damaged entry counts as older than any record, so a good copy replaces it",
  withDatabase(async (db) => {
    const store = levelStore(db);
    await db.sublevel("dbsharing").put("a", "damage");
    assert.deepEqual(await store.getMany(["a"]), [{ key: "a", version: "", text: "damage" }]);
    assert.deepEqual(await store.write([entryAt("a", 1)]), ["written"]);
    assert.deepEqual(await store.getMany(["a"]), [entryAt("a", 1)]);
  }),
);

test("what is not a database is refused with a message that names it", () => {
  for (const wrong of [undefined, null, "./records", {}, new Map()]) {
    assert.throws(() => levelStore(wrong), {
      name: "TypeError",
      code: "OPTION_INVALID",
      message: /^levelStore\(db\) got .+; wanted an abstract-level database/,
    });
  }
});

function withDatabase(check) {
  return async () => {
    const { directory, remove } = await folder();
    const db = new ClassicLevel(directory);
    try {
      await check(db);
    } finally {
      await db.close();
      await remove();
    }
  };
}

async function folder() {
  const directory = await mkdtemp(join(tmpdir(), "dbsharing-level-"));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

test(
  "an entry with a key that is not ours counts as absent, and everything else is served, shared and stored",
  withDatabase(async (db) => {
    const secretKey = new Uint8Array(32).fill(7);
    const signed = (uuid) => signRecord({ uuid, timestamp: 1_700_000_000_000 }, secretKey);
    const sharing = createSharing({ taskId: "t", db: levelStore(db), fetch: async () => new Response("[]") });
    assert.equal((await sharing.put(signed("first"))).stored, true);
    const value = await db.sublevel("dbsharing").get(recordKey(signed("first").publicKey, "first"));
    for (const key of ["a\nb", "c d", "é"]) await db.sublevel("dbsharing").put(key, value);

    const fresh = createSharing({ taskId: "t", db: levelStore(db), fetch: async () => new Response("[]") });
    const report = await fresh.share();
    assert.equal(report.ok, true, JSON.stringify(report.error));
    assert.equal((await fresh.put(signed("second"))).stored, true);
    assert.equal(fresh.status().records, 2);
    const served = await (await fresh.handle(new Request("http://localhost/linktree/list"))).json();
    assert.deepEqual(
      served.map(({ data }) => data.uuid),
      ["first", "second"],
    );
  }),
);
