// Events: records that others wrote to the same database, rejected items, progress; and what listeners may do.
import { letPass } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import { PGlite } from "@electric-sql/pglite";
import { memoryStore } from "../../js/stores/memory.js";
import { postgresStore } from "../../js/stores/postgres.js";
import { sendJson } from "../network/server.js";
import { linktreeModel, simpleDb } from "./fixtures/databases.js";
import { record, records, signer, sorted } from "./fixtures/records.js";
import { entryOf, heldBy, inWorld, nextTurn, share, until } from "./fixtures/world.js";

const LOOK_AGAIN_MS = 1_001;
const READ_WHOLE_AGAIN_MS = 5_001;
const SECOND_MS = 1_000;

/** Everything that a listener of this event is called with. */
function heardBy(sharing, event) {
  const heard = [];
  sharing.on(event, (value) => heard.push(value));
  return heard;
}

/** One store seen from two sides: `watched` reports to its watchers what is written through `writing`. */
function watchedStore() {
  const store = memoryStore();
  const watchers = new Set();
  const watch = (onChange) => {
    watchers.add(onChange);
    return () => watchers.delete(onChange);
  };
  const write = async (entries) => {
    const outcomes = await store.write(entries);
    for (const entry of entries) for (const tell of watchers) tell(entry.key, entry);
    return outcomes;
  };
  return { watchers, watched: { ...store, watch }, writing: { ...store, write } };
}

test(
  "a Sharing that only listens gets others' writes from its first reading on, which ready() begins",
  inWorld(async (world) => {
    const { watchers, watched, writing: written } = watchedStore();
    const listening = world.sharing({ db: watched });
    const writing = world.sharing({ db: written });
    const heard = heardBy(listening, "record");
    await until(() => watchers.size === 1);
    await writing.put(record("before"));
    await listening.ready();
    assert.deepEqual(heard, []);
    await writing.put(record("after"));
    await until(() => heard.length > 0);
    assert.deepEqual(heard, [record("after")]);
  }),
);

/** Databases that several nodes share: each function returns one that makes stores over the same database. */
const shared = {
  "a store in memory": () => {
    const store = memoryStore();
    return () => store;
  },
  PostgreSQL: () => {
    const db = new PGlite();
    return () => postgresStore(db);
  },
};

for (const [name, open] of Object.entries(shared)) {
  test(
    `${name}: a listener gets each record that another node writes once, and none that was there before`,
    inWorld(async (world) => {
      const store = open();
      const [one, other] = [world.sharing({ db: store() }), world.sharing({ db: store() })];
      const all = records(250);
      await other.put(all[0]);
      const heard = heardBy(one, "record");
      await one.ready();
      for (const record of all.slice(1, 240)) await other.put(record);
      await share(one);
      for (const record of all.slice(240)) assert.equal((await one.put(record)).stored, true);
      await until(() => heard.length >= 249);
      for (let round = 0; round < 2; round += 1) {
        await share(one);
        letPass(LOOK_AGAIN_MS);
        await one.ready();
      }
      assert.deepEqual(sorted(heard), sorted(all.slice(1)));
      assert.equal((await heldBy(one)).length, 250);
    }),
  );
}

test(
  "changes that a store reports reach listeners without a round and without a request",
  inWorld(async (world) => {
    const { watched, writing } = watchedStore();
    const one = world.sharing({ db: watched });
    const other = world.sharing({ db: writing });
    await one.ready();
    const heard = heardBy(one, "record");
    const [first, newer] = [record("a"), record("a", { timestamp: 1_700_000_000_001 })];
    await other.put(first);
    await until(() => heard.length === 1);
    await other.put(newer);
    await until(() => heard.length === 2);
    assert.deepEqual(heard, [first, newer]);
  }),
);

const own = { "a db_model.js": linktreeModel, "getAll and put": simpleDb };
for (const [name, make] of Object.entries(own)) {
  test(
    `${name}: the task's own writes reach listeners when the database is read again`,
    inWorld(async (world) => {
      const db = make();
      const sharing = world.sharing({ db });
      const all = [1, 2, 3].map((number) => record(`of ${number}`, { by: signer(number) }));
      const forged = { ...record("forged", { by: signer(4) }), signature: all[0].signature };
      const write = (one) => (db.documents ? db.setLinktree(one.publicKey, one) : db.put(one.data.uuid, one));
      write(all[0]);
      const heard = heardBy(sharing, "record");
      await sharing.ready();
      [all[1], forged].forEach(write);
      await sharing.put(all[2]);
      letPass(READ_WHOLE_AGAIN_MS);
      await sharing.ready();
      letPass(READ_WHOLE_AGAIN_MS);
      await sharing.ready();
      assert.deepEqual(sorted(heard), sorted(all.slice(1)));
    }),
  );
}

test(
  "if the database cannot be read for listeners, the round goes on and they get the records later",
  inWorld(async (world) => {
    const db = memoryStore();
    const faulty = { ...db };
    const [sharing, other] = [await world.sharingWith([], { db: faulty }), world.sharing({ db })];
    const heard = heardBy(sharing, "record");
    await sharing.ready();
    await other.put(record("a"));
    faulty.getMany = () => Promise.reject(new Error("no text can be read"));
    assert.equal((await share(sharing)).ok, true);
    assert.deepEqual(heard, []);
    faulty.getMany = db.getMany;
    await share(sharing);
    assert.deepEqual(heard, [record("a")]);
  }),
);

test(
  "each rejected item of a peer is reported with url, key, code and message",
  inWorld(async (world) => {
    const good = record("good");
    const forged = { ...record("forged"), signature: good.signature };
    const future = record("future", { timestamp: Date.now() + 3_600_000 });
    const peer = await world.plainPeer([good, {}, forged, future, null]);
    const sharing = await world.sharingWith([peer.url]);
    const heard = heardBy(sharing, "rejected");
    const { rejected } = entryOf(await share(sharing), peer.url);
    assert.deepEqual(rejected, { BAD_SHAPE: 2, BAD_SIGNATURE: 1, FROM_THE_FUTURE: 1 });
    const keyOf = (one) => `${one.publicKey}/${one.data.uuid}`;
    const facts = heard.map(({ url, key, code, message }) => [url, key, code, typeof message]);
    assert.deepEqual(
      new Set(facts.map(String)),
      new Set(
        [
          [peer.url, undefined, "BAD_SHAPE", "string"],
          [peer.url, keyOf(forged), "BAD_SIGNATURE", "string"],
          [peer.url, keyOf(future), "FROM_THE_FUTURE", "string"],
        ].map(String),
      ),
    );
    assert.equal(heard.length, 4);
    assert.ok(heard.every((one) => "key" in one === (one.code !== "BAD_SHAPE")));
  }),
);

test(
  "a hostile peer's flood is reported whole, and other peers' records arrive meanwhile",
  inWorld(async (world) => {
    const flood = await world.server((_, response) => sendJson(response, `[${"{},".repeat(50_000)}{}]`));
    const honest = await world.plainPeer(records(20));
    const sharing = await world.sharingWith([flood.url, honest.url]);
    const heard = heardBy(sharing, "rejected");
    const { totals } = await share(sharing);
    assert.deepEqual([totals.inserted, totals.rejected.BAD_SHAPE, heard.length], [20, 50_001, 50_001]);
    assert.ok(heard.every(({ url }) => url === flood.url));
  }),
);

test(
  "a round that waits for a slow peer reports its progress once a second",
  inWorld(async (world) => {
    const waiting = [];
    const slow = await world.server((_, response) => waiting.push(response));
    const quick = await world.plainPeer(records(5));
    const sharing = await world.sharingWith([slow.url, quick.url]);
    const heard = heardBy(sharing, "progress");
    const stored = heardBy(sharing, "record");
    const round = sharing.share();
    await until(() => waiting.length === 1 && stored.length === 5);
    assert.deepEqual(heard, [], "nothing within the first second");
    for (let seconds = 1; seconds <= 2; seconds += 1) {
      letPass(SECOND_MS);
      await until(() => heard.length >= 2 * seconds);
    }
    const [peers, judged] = ["peers", "records"].map((phase) => heard.filter((one) => one.phase === phase));
    assert.deepEqual(peers[1], { phase: "peers", done: 1, total: 2 });
    assert.deepEqual(judged[1], { phase: "records", done: 5 });
    sendJson(waiting[0], []);
    await round;
    const count = heard.length;
    letPass(SECOND_MS);
    await nextTurn();
    assert.equal(heard.length, count, "nothing after the end of the round");
  }),
);

test(
  "the reading of a large database reports how many entries were read",
  inWorld(async (world) => {
    const db = memoryStore();
    const writer = world.sharing({ db });
    for (const one of records(2_000)) await writer.put(one);
    let goOn;
    const versions = async function* () {
      let read = 0;
      for await (const named of db.versions()) {
        read += 1;
        if (read === 1_500) await new Promise((resolve) => (goOn = resolve));
        yield named;
      }
    };
    const sharing = world.sharing({ db: { ...db, versions } });
    const heard = heardBy(sharing, "progress");
    const ready = sharing.ready();
    await until(() => goOn !== undefined);
    letPass(SECOND_MS);
    await until(() => heard.length > 0);
    const { phase, done, total } = heard[0];
    assert.deepEqual([phase, total], ["load", undefined]);
    assert.ok(done > 0 && done < 1_500, String(done));
    goOn();
    await ready;
    assert.equal(sharing.status().records, 2_000);
  }),
);

test(
  "the reading of a slow SimpleDb reports how many records have come before a page is full",
  inWorld(async (world) => {
    let goOn;
    const getAll = async function* () {
      for (const one of records(20)) {
        yield one;
        await new Promise((resolve) => (goOn = resolve));
      }
    };
    const sharing = world.sharing({ db: { getAll, put() {} } });
    const heard = heardBy(sharing, "progress");
    const ready = sharing.ready();
    for (let came = 1; came <= 20; came += 1) {
      await until(() => goOn !== undefined);
      if (came === 3 || came === 7) {
        letPass(SECOND_MS);
        await until(() => heard.some(({ done }) => done >= came));
      }
      const next = goOn;
      goOn = undefined;
      next();
    }
    await ready;
    assert.deepEqual(
      heard,
      [3, 7].map((done) => ({ phase: "load", done })),
    );
  }),
);

test(
  "an unknown event is named with the nearest known one",
  inWorld(async (world) => {
    const sharing = world.sharing();
    const isWrong = (Kind, says) => (error) =>
      error instanceof Kind && error.code === "OPTION_INVALID" && says.test(error.message);
    assert.throws(() => sharing.on("records", () => {}), isWrong(RangeError, /"records".*did you mean "record"\?/));
    assert.throws(() => sharing.on("reject", () => {}), isWrong(RangeError, /did you mean "rejected"\?/));
    assert.throws(
      () => sharing.on("xyz\n".repeat(1_000), () => {}),
      isWrong(RangeError, /known are report, record, rejected, progress$/),
    );
    for (const event of [undefined, null, 7, Symbol("s"), {}])
      assert.throws(() => sharing.on(event, () => {}), isWrong(RangeError, /of type/));
    for (const listener of [undefined, null, "f", {}])
      assert.throws(() => sharing.on("report", listener), isWrong(TypeError, /wanted a function/));
  }),
);

test(
  "share() in a listener of the report returns the round that is ending, and starts no other",
  inWorld(async (world) => {
    const peer = await world.plainPeer(records(3));
    const sharing = await world.sharingWith([peer.url]);
    const rounds = [];
    sharing.on("report", () => rounds.push(sharing.share()));
    const round = sharing.share();
    const report = await round;
    assert.deepEqual(rounds, [round]);
    assert.equal(await rounds[0], report);
    assert.equal(peer.requests.length, 1);
  }),
);

test(
  "share() a moment after the report starts the next round",
  inWorld(async (world) => {
    const peer = await world.plainPeer(records(3));
    const sharing = await world.sharingWith([peer.url]);
    const reports = heardBy(sharing, "report");
    const unsubscribe = sharing.on("report", async () => {
      await null;
      void sharing.share();
    });
    await sharing.share();
    await until(() => reports.length >= 5);
    unsubscribe();
    await sharing.share();
    assert.ok(peer.requests.length >= 5, `${peer.requests.length} rounds`);
  }),
);

test(
  "share() in a listener of a record joins the current round",
  inWorld(async (world) => {
    const sharing = await world.sharingWith([(await world.plainPeer(records(3))).url]);
    const rounds = [];
    sharing.on("record", () => rounds.push(sharing.share()));
    const report = await sharing.share();
    assert.deepEqual(await Promise.all(rounds), [report, report, report]);
  }),
);

test(
  "listeners that throw or reject do no harm",
  inWorld(async (world) => {
    const sharing = await world.sharingWith([(await world.plainPeer([record("a"), {}])).url]);
    for (const event of ["report", "record", "rejected", "progress"]) {
      sharing.on(event, () => {
        throw new Error("a listener failed");
      });
      sharing.on(event, () => Promise.reject(new Error("a listener rejected")));
    }
    const heard = heardBy(sharing, "rejected");
    assert.equal((await share(sharing)).totals.inserted, 1);
    assert.equal(heard.length, 1);
  }),
);
