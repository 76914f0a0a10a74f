// The options of createSharing: the values that each refuses, and the messages.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { PGlite } from "@electric-sql/pglite";
import Nedb from "@seald-io/nedb";
import { ClassicLevel } from "classic-level";
import IoRedis from "ioredis";
import Datastore from "nedb-promises";
import pg from "pg";
import postgres from "postgres";
import { createClient } from "redis";
import { createSharing, generateKey, verifyJson, verifyRecord } from "../../js/index.js";
import { indexeddbStore } from "../../js/stores/indexeddb.js";
import { levelStore } from "../../js/stores/level.js";
import { memoryStore } from "../../js/stores/memory.js";
import { nedbStore } from "../../js/stores/nedb.js";
import { postgresStore } from "../../js/stores/postgres.js";
import { redisStore } from "../../js/stores/redis.js";
import { sqliteStore } from "../../js/stores/sqlite.js";
import { linktreeModel, simpleDb } from "./fixtures/databases.js";
import { listeningLogger } from "./fixtures/listening-logger.js";
import { record } from "./fixtures/records.js";

const db = memoryStore();
const notStrings = [7, true, {}, [], () => {}];
const notFunctions = [null, 7, "text", {}, [], true];
const notIntegers = [null, "1", NaN, Infinity, 1.5, {}, [], true, 1n, 2 ** 53];
const integer = (least, most) => [...notIntegers, least - 1, ...(most < 2 ** 53 - 1 ? [most + 1] : [])];

const invalid = {
  taskId: [...notStrings, "a/b", "a b", " x", "a\n", "..", "x?", "x#", "100%", "x".repeat(129)],
  serviceUrl: [7, true, {}, [], () => {}, "localhost:30017", "ftp://localhost", "no url", "//localhost", "http://"],
  db: [
    null,
    7,
    "text",
    {},
    [],
    { then: 7 },
    { getAll() {} },
    { put() {} },
    { getMany() {}, entries() {} },
    { getAllLinktrees() {} },
  ],
  collection: [...notStrings, null, "", "a/b"],
  identity: [null, "", "Record", 7, {}],
  peers: [
    null,
    7,
    "http://a",
    [7],
    [null],
    { stakingKey: 7 },
    ["a.example"],
    ["http://a", "rubbish"],
    { stakingKey: "ftp://a" },
    new Map([["stakingKey", "http://a"]]),
  ],
  selfUrl: [7, [7], {}, () => {}, "localhost:36001", "x", ["http://a", "x"], "ftp://a"],
  intervalMs: integer(1, 2 ** 31 - 1),
  maxPeersPerRound: integer(1, 10_000),
  concurrency: integer(1, 10_000),
  peerTimeoutMs: integer(1, 2 ** 31 - 1),
  maxBodyBytes: integer(1, 2 ** 53 - 1),
  maxItems: integer(1, 2 ** 53 - 1),
  maxRejected: integer(0, 2 ** 53 - 1),
  maxRecords: integer(0, 2 ** 53 - 1),
  storeTimeoutMs: integer(1, 2 ** 31 - 1),
  acceptWrites: [null, 0, 1, "true", {}],
  allowPrivateNetworks: [null, 0, 1, "false", {}],
  accept: notFunctions,
  fetch: notFunctions,
  now: [...notFunctions, 1_700_000_000_000],
  signal: [null, {}, "text", new AbortController(), { aborted: false }],
  logger: [7, {}, [], "text", () => {}, { debug() {}, info() {}, warn() {} }],
};

for (const [name, values] of Object.entries(invalid)) {
  test(`option ${name} refuses wrong values, and the message says what it got and what was wanted`, () => {
    for (const value of values) {
      const error = thrownBy(() => createSharing({ db, [name]: value }));
      assert.ok(error instanceof TypeError || error instanceof RangeError, `${name}: ${typeof value} ${String(value)}`);
      assert.equal(error.code, "OPTION_INVALID");
      assert.match(error.message, new RegExp(`option ${name} is .+; wanted .+`));
    }
  });
}

const valid = {
  taskId: [undefined, null, "", "undefined", "x"],
  serviceUrl: [false, undefined, null, "", "null", "undefined", "http://localhost:30017", "https://x/y/", "HTTP://X"],
  db: [memoryStore(), simpleDb(), linktreeModel(), Promise.resolve(memoryStore())],
  collection: ["linktree", "ü", "."],
  identity: [undefined, "record", "owner"],
  peers: [
    undefined,
    [],
    ["http://a", "HTTPS://b/task/x"],
    {},
    { stakingKey: "http://a" },
    new Set(["http://a"]),
    () => {},
    async () => {},
  ],
  selfUrl: [undefined, null, "", "undefined", "null", "http://a", [], ["", undefined, "https://b/", "undefined", "null"]],
  intervalMs: [1, 2 ** 31 - 1],
  maxPeersPerRound: [1, 10_000],
  maxBodyBytes: [1, 2 ** 53 - 1],
  maxRejected: [0],
  maxRecords: [0],
  acceptWrites: [undefined, true, false],
  allowPrivateNetworks: [undefined, true, false],
  signal: [new AbortController().signal, AbortSignal.abort()],
  logger: [undefined, null, console],
};

for (const [name, values] of Object.entries(valid)) {
  test(`option ${name} takes the values that its message names`, () => {
    for (const value of values) createSharing({ db, [name]: value });
  });
}

test("a logger that lacks methods is refused with the names of the missing ones", () => {
  const { message } = thrownBy(() => createSharing({ db, logger: { debug() {}, warn() {} } }));
  assert.equal(
    message,
    "option logger is an object without info() and error(); wanted null or an object with debug, info, warn and error",
  );
});

const WANTED_DB = "a Store, a SimpleDb, a LinktreeModel or a promise of one";
const fault = (given) => thrownBy(() => createSharing({ db, ...given })).message;
const does = () => {};

test("a db that lacks a method is refused with the methods that it has and lacks", () => {
  class Model {
    getAllLinktrees() {}
    setLinkTree() {}
  }
  const said = [
    [{ getAll: does }, "an object that has getAll and lacks put"],
    [{ put: does, getall: does }, "an object that has put and lacks getAll (it has getall)"],
    [{ getAll: [], put: does }, "an object that has put and lacks getAll (it has one that is not a function)"],
    [{ getMany: does, entries: does }, "an object that has getMany and entries and lacks write"],
    [new Model(), "an object that has getAllLinktrees and lacks setLinktree (it has setLinkTree)"],
    [{ default: linktreeModel() }, "a module whose default is a LinktreeModel: give its default"],
    [{ find: does }, "an object"],
    [[], "an array"],
    [does, "a function"],
    [7, "7"],
    [null, "null"],
  ];
  for (const [given, what] of said) assert.equal(fault({ db: given }), `option db is ${what}; wanted ${WANTED_DB}`);
});

test("a bare driver is recognised, and the message names the store to give instead", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dbsharing-options-"));
  const level = new ClassicLevel(folder);
  const [pool, sql] = [new pg.Pool(), postgres()];
  const lite = new PGlite();
  const ofPool =
    "PostgreSQL (give postgresStore({ query: (text, params) => pool.query(text, params) }) of dbsharing/stores/postgres)";
  const drivers = [
    [pool, ofPool],
    [new pg.Client(), ofPool],
    [lite, ofPool],
    [
      sql,
      "PostgreSQL (give postgresStore({ query: (text, params) => sql.unsafe(text, params) }) of dbsharing/stores/postgres)",
    ],
    [createClient(), "Redis (give redisStore(client) of dbsharing/stores/redis)"],
    [new IoRedis({ lazyConnect: true }), "Redis (give redisStore(client) of dbsharing/stores/redis)"],
    [level, "LevelDB (give levelStore(db) of dbsharing/stores/level)"],
    [Datastore.create(), "NeDB (give nedbStore(datastore) of dbsharing/stores/nedb)"],
    [new Nedb(), "NeDB (give nedbStore(datastore) of dbsharing/stores/nedb)"],
    [{ prepare: does, exec: does }, "SQLite (give sqliteStore(db) of dbsharing/stores/sqlite)"],
  ];
  try {
    for (const [driver, what] of drivers)
      assert.equal(fault({ db: driver }), `option db is a driver of ${what}; wanted ${WANTED_DB}`);
    assert.match(
      fault({ db: { getDb: does, getTaskState: does } }),
      /^option db is a namespaceWrapper \(give nedbStore\(await .+ koiiSharing/,
    );
    assert.doesNotMatch(fault({ db: { query: does, connect: does, execute: does } }), /PostgreSQL/, "it is a MySQL client");
    const late = createSharing({ db: Promise.resolve(level) });
    await assert.rejects(late.ready(), /resolved to a driver of LevelDB \(give levelStore\(db\)/);
  } finally {
    await Promise.all([level.close(), pool.end(), sql.end(), lite.close()]);
    rmSync(folder, { recursive: true });
  }
});

test("the wrong entry of a list is named", () => {
  assert.match(
    fault({ peers: ["http://a", undefined] }),
    /^option peers is an array whose entry 1 is undefined; wanted an array of http or https urls/,
  );
  assert.match(fault({ peers: { key: 1 } }), /^option peers is an object whose entry "key" is 1; wanted/);
  assert.match(
    fault({ selfUrl: ["http://a", "b:1"] }),
    /^option selfUrl is an array whose entry 1 is "b:1"; wanted an http or https url/,
  );
});

test("messages about wrong values are plain English", async () => {
  for (const make of [nedbStore, levelStore, sqliteStore]) {
    assert.match(thrownBy(() => make("text")).message, / got a string; wanted /);
    assert.match(thrownBy(() => make({})).message, / got an object; wanted /);
  }
  assert.match(thrownBy(() => postgresStore({})).message, / got an object without query; wanted /);
  assert.match(thrownBy(() => postgresStore({ query: "text" })).message, / got a query that is a string; wanted /);
  const [{ message }] = await createSharing({ db }).putMany({});
  assert.match(message, /^putMany\(records\) got an object; wanted an array/);
  assert.equal(
    thrownBy(() => createSharing(() => {})).message,
    "createSharing got a function as its options; wanted an object",
  );
  assert.match(fault({ taskId: {} }), /^option taskId is an object; wanted a string of at most/);
  assert.match(thrownBy(() => generateKey({ somethingElse: 1 })).message, /known is seed$/);
});

test("if a promise of a db resolves with something else, the message says with what", async () => {
  const said = [
    [5, /^the promise given as option db resolved to 5; wanted a Store$/],
    [{ getAll: does }, /resolved to an object that has getAll and lacks put; wanted a Store$/],
    [linktreeModel(), /resolved to a LinktreeModel: await it, or give option identity "owner" as well$/],
  ];
  for (const [value, message] of said) {
    await assert.rejects(createSharing({ db: Promise.resolve(value) }).ready(), { code: "STORE_FAILED", message });
  }
  await createSharing({ db: Promise.resolve(simpleDb()) }).ready();
  await createSharing({ db: Promise.resolve(linktreeModel()), identity: "owner" }).ready();
});

test("a value out of range is a RangeError, one of another type a TypeError", () => {
  assert.ok(thrownBy(() => createSharing({ db, intervalMs: 0 })) instanceof RangeError);
  assert.ok(thrownBy(() => createSharing({ db, intervalMs: "20000" })) instanceof TypeError);
});

test("options are required, and option db too", () => {
  for (const options of [undefined, null, 7, "text"]) {
    assert.throws(() => createSharing(options), { code: "OPTION_INVALID", message: /wanted an object/ });
  }
  assert.throws(() => createSharing({}), { code: "OPTION_INVALID", message: /option db is missing; wanted a Store/ });
});

const noBases = {
  "http://user:secret@host/": /option \w+ is http:\/\/host…, which has a user or a password in it.+option fetch/,
  "http://user@host": /has a user or a password/,
  "https://host/path?key=secret": /option \w+ is https:\/\/host…, which has a query.+option fetch/,
  "https://host/#part": /has a fragment/,
};

for (const [url, message] of Object.entries(noBases)) {
  test(`${url} is refused as a base url, and the message says what to do`, () => {
    const given = { serviceUrl: [url], selfUrl: [url, [url]], peers: [["http://a", url], { stakingKey: url }] };
    for (const [name, values] of Object.entries(given)) {
      for (const value of values) {
        const error = thrownBy(() => createSharing({ db, [name]: value }));
        assert.equal(error.code, "OPTION_INVALID");
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /secret/);
      }
    }
  });
}

test("an unknown option is named with the nearest known one", () => {
  const nearest = {
    taskID: "taskId",
    serviceURL: "serviceUrl",
    interval: "intervalMs",
    peerTimeout: "peerTimeoutMs",
    peer: "peers",
    onAccept: "accept",
    maxpeersPerRound: "maxPeersPerRound",
    self: "selfUrl",
    log: "logger",
    allowPrivateNetwork: "allowPrivateNetworks",
  };
  for (const [wrong, right] of Object.entries(nearest)) {
    const { code, message } = thrownBy(() => createSharing({ db, [wrong]: undefined }));
    assert.equal(code, "OPTION_INVALID");
    assert.ok(message.includes(`option ${wrong} is unknown`), message);
    assert.ok(message.includes(`did you mean ${right}?`), message);
  }
  const { message } = thrownBy(() => createSharing({ db, somethingElseAltogether: 1 }));
  assert.match(message, /known are taskId, serviceUrl, db/);
  for (const name of ["constructor", "toString", "__proto__"]) {
    assert.throws(() => createSharing({ db, [name]: 1 }), { code: "OPTION_INVALID" }, name);
  }
});

test("an unknown or wrong option of a store is refused, so that no records go to the wrong place", () => {
  const withMethods = (...names) => Object.fromEntries(names.map((name) => [name, () => {}]));
  const query = () => {};
  const [redis, sqlite] = [withMethods("call"), withMethods("prepare", "exec")];
  const datastore = withMethods("find", "insert", "update", "remove");
  const level = withMethods("sublevel", "getMany", "batch", "iterator");
  const wrong = {
    'redisStore(client, options) got "my:"; wanted an object { prefix }': () => redisStore(redis, "my:"),
    "option prefx is unknown; did you mean prefix?": () => redisStore(redis, { prefx: "my:" }),
    'sqliteStore(db, options) got "tbl"; wanted an object { name }': () => sqliteStore(sqlite, "tbl"),
    "sqliteStore(db, options) got null; wanted an object { name }": () => sqliteStore(sqlite, null),
    "option table is unknown; known is name": () => sqliteStore(sqlite, { table: "tbl" }),
    "option nam is unknown; did you mean name?": () => nedbStore(datastore, { nam: "x" }),
    "nedbStore(datastore, options) got an array; wanted an object { name }": () => nedbStore(datastore, ["x"]),
    "option name is unknown; known are query, table": () => postgresStore({ query, name: "tbl" }),
    "option tabel is unknown; did you mean table?": () => postgresStore({ query, tabel: "tbl" }),
    "postgresStore takes one argument: give postgresStore({ query: (text, params) => pool.query(text, params), table })": () =>
      postgresStore({ query }, { table: "tbl" }),
    'levelStore(db) takes no options: another part of the database is levelStore(db.sublevel("another"))': () =>
      levelStore(level, { name: "x" }),
    "memoryStore() takes no options: each call makes a store of its own": () => memoryStore({ name: "x" }),
    "indexeddbStore(nameOrDb) takes no options: give each collection a database of its own name": () =>
      indexeddbStore("name", { name: "x" }),
  };
  for (const [message, make] of Object.entries(wrong))
    assert.throws(make, { name: "TypeError", code: "OPTION_INVALID", message });
  class Pool {
    query() {}
  }
  for (const client of [Object.assign(new Pool(), { options: {} }), { query, end() {}, options: {} }]) postgresStore(client);
  assert.equal(Array.from({ length: 2 }, memoryStore).length, 2);
});

test("a LinktreeModel has one slot for each owner, and the message says so if one for each record is wanted", () => {
  assert.throws(() => createSharing({ db: linktreeModel(), identity: "record" }), {
    name: "RangeError",
    code: "OPTION_INVALID",
    message: /option identity is "record"; wanted "owner"/,
  });
});

test("a value that may be a secret is not shown", async () => {
  const secret = "s3cr3t";
  const url = `ftp://user:${secret}/@host`;
  const wrong = [
    { serviceUrl: url },
    { serviceUrl: `user:${secret}@host` },
    { serviceUrl: `host/?key=${secret}` },
    { selfUrl: url },
    { selfUrl: [url] },
    { peers: url },
    { db: `postgres://user:${secret}@host` },
    { db: secret },
  ];
  for (const given of wrong) assert.doesNotMatch(fault(given), /s3cr3t/);
  assert.equal(
    fault({ serviceUrl: url }),
    'option serviceUrl is "ftp://…@host"; wanted an http or https url, or false for none',
  );
  for (const given of [secret, { seed: secret }]) assert.doesNotMatch(thrownBy(() => generateKey(given)).message, /s3cr3t/);
  assert.equal(
    thrownBy(() => generateKey({ seed: secret })).message,
    "option seed is a string; wanted a Uint8Array of 32 bytes",
  );
  assert.doesNotMatch(thrownBy(() => createSharing(`postgres://user:${secret}@host`)).message, /s3cr3t/);
  const logger = listeningLogger();
  await createSharing({ db: memoryStore(), taskId: "x", logger, peers: () => url, serviceUrl: "http://127.0.0.1:9" }).share();
  assert.match(logger.take("warn").join(), /option peers gave "ftp:\/\/…@host"; wanted an array of urls/);
  assert.doesNotMatch(logger.heard.join(), /s3cr3t/);
});

test("messages quote little of a wrong value", () => {
  const { message } = thrownBy(() => createSharing({ db, serviceUrl: "x".repeat(10_000) }));
  assert.ok(message.length < 200);
});

test("verifyJson and verifyRecord check their options as well", () => {
  for (const now of integer(0, 2 ** 53 - 1)) {
    const expected = { code: "OPTION_INVALID", message: /option now is .+; wanted an integer/ };
    assert.throws(() => verifyJson("[]", { now }), expected);
    assert.throws(() => verifyRecord(record("x"), { now }), { code: "OPTION_INVALID" });
    assert.throws(() => verifyRecord(undefined, { now }), { code: "OPTION_INVALID" });
  }
  const code = "OPTION_INVALID";
  assert.throws(() => verifyJson("[]", { identity: "both" }), { code, message: /option identity is "both"/ });
  assert.throws(() => verifyJson("[]", { Now: 1 }), { code, message: /did you mean now\?/ });
  assert.throws(() => verifyJson("[]", null), { code, message: /verifyJson got null as its options/ });
  assert.deepEqual(verifyJson("[]", {}), []);
});

test("every method can be taken out of its Sharing", async () => {
  const { on, share, start, stop, put, get, records, handle, status } = createSharing({ db: memoryStore() });
  on("report", () => {});
  assert.equal((await share()).error.code, "NO_TASK_ID");
  start();
  await stop();
  assert.equal((await put(record("x"))).stored, true);
  assert.equal(await get("x"), undefined);
  for await (const one of records()) assert.equal(one.data.uuid, "x");
  assert.equal(await handle(new Request("http://localhost/elsewhere")), undefined);
  assert.equal(status().records, 1);
});

function thrownBy(work) {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}
