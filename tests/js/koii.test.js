// koiiSharing in a task: what it finds there, what can be given instead, and that nothing in the task disturbs it.
import { letPass, storeTimeoutMs } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import Datastore from "nedb-promises";
import { koiiSharing } from "../../js/koii.js";
import { nedbStore } from "../../js/stores/nedb.js";
import { argumentsOf, linktreeModel, namespaceWrapper, startedByHand, startedByNode, taskId } from "./fixtures/koii-task.js";
import { listeningLogger } from "./fixtures/listening-logger.js";
import { record, records, sorted } from "./fixtures/records.js";
import { askedIn, heldBy, inWorld, share, until } from "./fixtures/world.js";

const some = records(3);
const stateOf = (urls) => async () => ({
  task_name: "Linktree",
  ip_address_list: Object.fromEntries(urls.map((url, at) => [`key ${at}`, url])),
});
const portOf = (url) => new URL(url).port;

test(
  "in a node it asks the service from the arguments and the nodes in the task's state",
  inWorld(async (world) => {
    const [listed, ofState] = [await world.plainPeer([some[0]]), await world.plainPeer([some[1]])];
    const service = await world.list([listed.url]);
    const sharing = startedByNode(
      { serviceUrl: service.url },
      { namespaceWrapper: namespaceWrapper({ getTaskState: stateOf([ofState.url]) }) },
    );
    const report = await share(sharing);
    assert.equal(report.ok, true);
    assert.deepEqual(askedIn(report), [listed.url, ofState.url].sort());
    assert.equal(service.requests[0].path, `/nodes/${taskId}`);
    assert.deepEqual(sorted(await heldBy(sharing)), sorted(some.slice(0, 2)));
  }),
);

test(
  "a node without a service lists the nodes itself",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const node = await world.list([peer.url]);
    const report = await share(startedByNode({ nodePort: portOf(node.url) }, { namespaceWrapper: namespaceWrapper() }));
    assert.deepEqual([report.ok, askedIn(report)], [true, [peer.url]]);
  }),
);

test(
  "self urls are never asked, under any name, and another node of the same machine is",
  inWorld(async (world) => {
    const [task, node, other] = [await world.plainPeer(some), await world.plainPeer(some), await world.plainPeer(some)];
    const [port, nodePort] = [task, node].map(({ url }) => portOf(url));
    const own = ["localhost", "127.0.0.1", "[::1]"].flatMap((host) => [
      `http://${host}:${port}`,
      `http://${host}:${nodePort}/task/${taskId}/`,
    ]);
    const service = await world.list([...own, other.url]);
    const nodeArguments = { serviceUrl: service.url, port, nodePort };
    const sharing = startedByNode(nodeArguments, {
      namespaceWrapper: namespaceWrapper({ getTaskState: stateOf(own) }),
      selfUrl: "https://me.example.com",
    });
    assert.deepEqual(askedIn(await share(sharing)), [other.url]);
    assert.deepEqual([task.requests, node.requests], [[], []]);
  }),
);

test(
  "given options replace what is found, except for peers, of which both are used",
  inWorld(async (world) => {
    const [given, ofState] = [await world.plainPeer(some), await world.plainPeer(some)];
    const service = await world.list();
    const wrapper = namespaceWrapper({
      getTaskState: stateOf([ofState.url]),
      getDb: () => assert.fail("the wrapper's db was opened"),
    });
    const sharing = startedByNode(
      { serviceUrl: await world.deadUrl() },
      {
        taskId: "my-task",
        serviceUrl: service.url,
        peers: { key: given.url },
        db: linktreeModel(),
        namespaceWrapper: wrapper,
      },
    );
    assert.deepEqual(askedIn(await share(sharing)), [given.url, ofState.url].sort());
    assert.equal(service.requests[0].path, "/nodes/my-task");
  }),
);

test(
  "an option given as undefined does not hide what is found",
  inWorld(async (world) => {
    const service = await world.list();
    for (const absent of [undefined, null, "", "undefined", "null"]) {
      const options = {
        taskId: absent,
        serviceUrl: absent ?? undefined,
        selfUrl: absent ?? undefined,
        namespaceWrapper: namespaceWrapper(),
      };
      assert.equal((await share(startedByNode({ serviceUrl: service.url }, options))).ok, true, String(absent));
    }
    assert.deepEqual(new Set(service.requests.map(({ path }) => path)), new Set([`/nodes/${taskId}`]));
  }),
);

test(
  "off-node one sentence says so and what to do, and nothing is called or opened",
  inWorld(async () => {
    const logger = listeningLogger();
    const fail = () => assert.fail("it was called");
    const sharing = startedByHand({ namespaceWrapper: { getDb: fail, getTaskState: fail, getSubmitterAccount: fail }, logger });
    for (let rounds = 0; rounds < 3; rounds += 1) assert.equal((await share(sharing)).error.code, "NO_TASK_ID");
    const said = logger.take("warn", "error");
    assert.equal(said.length, 1);
    assert.match(
      said[0],
      /does not run on a node.+; to share from here, .+koiiSharing of dbsharing\/koii set TASK_ID and SERVICE_URL in the environment;/,
    );
  }),
);

test(
  "without option db the records are in the wrapper's datastore, beside the task's documents",
  inWorld(async (world) => {
    const datastore = Datastore.create();
    await datastore.insert({ key: "round", value: 1 });
    const wrapper = namespaceWrapper({ getDb: async () => datastore });
    const service = await world.list([(await world.plainPeer(some)).url]);
    const sharing = startedByNode({ serviceUrl: service.url }, { namespaceWrapper: wrapper });
    await share(sharing);
    assert.equal((await datastore.find({ key: "round" })).length, 1);
    const stored = [];
    for await (const { text } of nedbStore(datastore).entries()) stored.push(JSON.parse(text));
    assert.deepEqual(sorted(stored), sorted(some));
    assert.deepEqual(sorted(await heldBy(startedByNode({}, { namespaceWrapper: wrapper }))), sorted(some));
  }),
);

test(
  "two collections of one wrapper stay apart",
  inWorld(async () => {
    const wrapper = namespaceWrapper();
    const [links, posts] = [undefined, "posts"].map((collection) =>
      startedByNode({}, { namespaceWrapper: wrapper, collection }),
    );
    assert.equal((await links.put(some[0])).stored, true);
    assert.equal((await posts.put(some[1])).stored, true);
    assert.deepEqual([await heldBy(links), await heldBy(posts)], [[some[0]], [some[1]]]);
  }),
);

test(
  "a database that cannot be opened is STORE_FAILED, and is opened as soon as it can be",
  inWorld(async () => {
    let getDb;
    const sharing = startedByNode({}, { namespaceWrapper: namespaceWrapper({ getDb: () => getDb() }) });
    const faults = {
      "the node is away": () => Promise.reject(new Error("the node is away")),
      "at once": () => {
        throw new Error("at once");
      },
      "got null; wanted": async () => null,
      "got an object; wanted": async () => ({ getAll: () => [] }),
    };
    for (const [words, fault] of Object.entries(faults)) {
      getDb = fault;
      const { code, message } = await sharing.put(some[0]);
      assert.equal(code, "STORE_FAILED");
      assert.ok(message.includes(words), message);
    }
    const datastore = Datastore.create();
    getDb = async () => datastore;
    assert.equal((await sharing.put(some[0])).stored, true);
  }),
);

test(
  "a getDb() that does not answer is named in the error, and later calls wait for the same one",
  inWorld(async () => {
    let [asked, answer] = [0, undefined];
    const getDb = () =>
      new Promise((resolve) => {
        asked += 1;
        answer = resolve;
      });
    const sharing = startedByNode({}, { namespaceWrapper: namespaceWrapper({ getDb }) });
    const put = sharing.put(some[0]);
    await until(() => asked === 1);
    letPass(0.95 * storeTimeoutMs);
    const { code, message } = await put;
    assert.deepEqual([code, message], ["STORE_TIMEOUT", "getDb() of the namespaceWrapper did not answer within 1 min 48 s"]);
    const later = sharing.put(some[0]);
    answer(Datastore.create());
    assert.deepEqual([(await later).stored, asked], [true, 1]);
  }),
);

test(
  "a promise of a db that rejects is STORE_FAILED",
  inWorld(async (world) => {
    const service = await world.list();
    const db = Promise.reject(new Error("no such host"));
    const report = await startedByNode({ serviceUrl: service.url }, { db }).share();
    assert.equal(report.error.code, "STORE_FAILED");
  }),
);

test(
  "the records of others, their edits and their proofs go through the task's own db_model",
  inWorld(async (world) => {
    const peer = await world.plainPeer([some[0]]);
    const db = linktreeModel();
    const sharing = startedByNode(
      { serviceUrl: (await world.list([peer.url])).url },
      { db, namespaceWrapper: namespaceWrapper() },
    );
    await share(sharing);
    const edit = record("another uuid", { timestamp: some[0].data.timestamp + 1 });
    peer.records = [edit];
    await share(sharing);
    assert.deepEqual([...db.linktrees.values()], [edit]);
    assert.deepEqual([...db.proofs.values()], [{ publicKey: edit.publicKey, signature: edit.signature }]);
  }),
);

const invalid = [
  [undefined, /^koiiSharing got undefined as its options; wanted an object$/],
  [null, /^koiiSharing got null/],
  [{}, /^options namespaceWrapper and db are missing; wanted .+getDb\(\).+db_model/],
  [{ namespaceWrapper: { getTaskState() {} } }, /^option namespaceWrapper has no getDb\(\), and option db is missing;/],
  [
    { namespaceWrapper: {} },
    /^option namespaceWrapper is an object; wanted the task's namespaceWrapper, an object with getDb\(\), /,
  ],
  [{ namespaceWrapper: 7 }, /^option namespaceWrapper is 7; wanted/],
  [{ namespaceWrapper: null }, /^option namespaceWrapper is null; wanted/],
  [
    { namespaceWrapper: { namespaceWrapper: namespaceWrapper() } },
    /^option namespaceWrapper is a module: give its namespaceWrapper; wanted/,
  ],
  [{ namespaceWrapper: { default: namespaceWrapper() } }, /^option namespaceWrapper is a module: give its default; wanted/],
  [{ namespaceWrapper: Promise.resolve(namespaceWrapper()) }, /^option namespaceWrapper is a promise: await it; wanted/],
  [
    {
      namespaceWrapper: class {
        getDb() {}
      },
    },
    /^option namespaceWrapper is a class: give an instance of it; wanted/,
  ],
  [{ namespaceWrapper() {} }, /^option namespaceWrapper is a function; wanted/],
  [
    { db: namespaceWrapper() },
    /^option db is the namespaceWrapper: give it as option namespaceWrapper, and leave db out; wanted a Store/,
  ],
  [
    { db: namespaceWrapper().getDb },
    /^option db is a function: give the namespaceWrapper as option namespaceWrapper, and leave db out; wanted/,
  ],
  [{ db: namespaceWrapper().getDb.bind({}) }, /^option db is a function: give the namespaceWrapper/],
  [{ db() {} }, /^option db is a function; wanted/],
  [{ namespaceWraper: namespaceWrapper() }, /^option namespaceWraper is unknown; did you mean namespaceWrapper\?$/],
  [{ db: {}, namespaceWrapper: namespaceWrapper() }, /^option db is an object; wanted a Store/],
  [{ namespaceWrapper: namespaceWrapper(), intervalMs: 0 }, /^option intervalMs is 0; wanted/],
  [{ db: linktreeModel(), identity: "record" }, /^option identity is "record"; wanted "owner"/],
];

test("wrong options are OPTION_INVALID, with a sentence", () => {
  for (const [options, sentence] of invalid) {
    assert.throws(
      () => koiiSharing(options),
      ({ code, message }) => code === "OPTION_INVALID" && sentence.test(message),
      String(sentence),
    );
  }
});

test("the CommonJS twin shares the wasm of the main entry's twin", async () => {
  const require = createRequire(import.meta.url);
  const { argv } = process;
  process.argv = argumentsOf();
  const sharing = require("../../js/dist/koii.cjs").koiiSharing({ namespaceWrapper: namespaceWrapper(), logger: null });
  process.argv = argv;
  assert.equal((await sharing.update({ uuid: "home" })).stored, true);
  assert.ok(require.cache[require.resolve("../../js/dist/index.cjs")]);
});
