// The peers of koiiSharing: those in the task's state and those of option peers, and what is logged if there are none.
import { letPass } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import { namespaceWrapper, startedByNode, taskId } from "./fixtures/koii-task.js";
import { listeningLogger } from "./fixtures/listening-logger.js";
import { records, signer } from "./fixtures/records.js";
import { askedIn, inWorld, share, until } from "./fixtures/world.js";

const some = records(3);
const stateOf = (urls) => async () => ({
  task_name: "Linktree",
  ip_address_list: Object.fromEntries(urls.map((url, at) => [`key ${at}`, url])),
});

test(
  "if the task's state fails, the round uses its last answer, and a warning says so",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const service = await world.list();
    const logger = listeningLogger();
    let getTaskState = stateOf([peer.url]);
    const wrapper = namespaceWrapper({ getTaskState: (...given) => getTaskState(...given) });
    const sharing = startedByNode({ serviceUrl: service.url }, { namespaceWrapper: wrapper, logger });
    assert.deepEqual(askedIn(await share(sharing)), [peer.url]);
    const faults = [
      () => {
        throw new Error("boom");
      },
      () => Promise.reject("boom"),
      () => null,
      async () => undefined,
      () => 7,
      async () => ({ ip_address_list: "http://node.example.com" }),
      async () => ({
        get ip_address_list() {
          throw new Error("boom");
        },
      }),
    ];
    for (const fault of faults) {
      getTaskState = fault;
      letPass(3_600_000);
      logger.take();
      const report = await share(sharing);
      assert.deepEqual([report.ok, askedIn(report)], [true, [peer.url]], String(fault));
      assert.match(
        logger.take("warn").join(),
        /getTaskState of the namespaceWrapper (threw: boom|gave .+); its last list of nodes is used/,
      );
    }
    getTaskState = stateOf([]);
    letPass(60_000);
    assert.deepEqual(askedIn(await share(sharing)), []);
  }),
);

test(
  "a task's state without a list, or with invalid entries, adds no peers",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const service = await world.list();
    const logger = listeningLogger();
    const lists = [
      undefined,
      null,
      {},
      [],
      new Map([["key", peer.url]]),
      [peer.url],
      { a: null, b: 7, c: {}, d: "", e: peer.url },
    ];
    const asked = [];
    for (const ip_address_list of lists) {
      const wrapper = namespaceWrapper({ getTaskState: () => ({ ip_address_list }) });
      const report = await share(startedByNode({ serviceUrl: service.url }, { namespaceWrapper: wrapper, logger }));
      assert.equal(report.ok, true);
      asked.push(askedIn(report).length);
    }
    assert.deepEqual(asked, [0, 0, 0, 0, 1, 1, 1]);
    assert.deepEqual(
      logger.take("warn", "error").filter((line) => /state/.test(line) && !/nobody/.test(line)),
      [],
    );
  }),
);

test(
  "a task's state that hangs holds up a round for at most five seconds, and the next not at all",
  inWorld(async (world) => {
    const service = await world.list([(await world.plainPeer(some)).url]);
    let asked = 0;
    const getTaskState = () =>
      new Promise(() => {
        asked += 1;
      });
    const sharing = startedByNode({ serviceUrl: service.url }, { namespaceWrapper: namespaceWrapper({ getTaskState }) });
    const round = share(sharing);
    await until(() => asked === 1);
    letPass(5_000);
    assert.deepEqual([(await round).ok, (await share(sharing)).ok, asked], [true, true, 1]);
  }),
);

test(
  "the state's entry with the submitter's own key is not asked",
  inWorld(async (world) => {
    const [own, other] = [await world.plainPeer(some), await world.plainPeer(some)];
    const getTaskState = () => ({ ip_address_list: { [signer(1).publicKey]: own.url, [signer(2).publicKey]: other.url } });
    const service = await world.list();
    const sharing = startedByNode({ serviceUrl: service.url }, { namespaceWrapper: namespaceWrapper({ getTaskState }) });
    assert.deepEqual(askedIn(await share(sharing)), [other.url]);
    const getSubmitterAccount = () => {
      throw new Error("boom");
    };
    const unknowing = namespaceWrapper({ getTaskState, getSubmitterAccount });
    assert.equal(askedIn(await share(startedByNode({ serviceUrl: service.url }, { namespaceWrapper: unknowing }))).length, 2);
  }),
);

test(
  "the state is asked for at most once a minute",
  inWorld(async (world) => {
    const service = await world.list();
    let asked = 0;
    const getTaskState = (...given) => {
      asked += 1;
      assert.deepEqual(given, [{}], "newer nodes look at the argument");
      return { ip_address_list: {} };
    };
    const sharing = startedByNode({ serviceUrl: service.url }, { namespaceWrapper: namespaceWrapper({ getTaskState }) });
    for (let rounds = 0; rounds < 3; rounds += 1) await share(sharing);
    assert.equal(asked, 1);
    letPass(60_000);
    await share(sharing);
    assert.equal(asked, 2);
  }),
);

test(
  "a wrapper that knows tasks by their id alone is asked for this one",
  inWorld(async (world) => {
    const [service, peer, logger] = [await world.list(), await world.plainPeer(some), listeningLogger()];
    const asked = [];
    const getTaskStateById = (...given) => {
      asked.push(given);
      if (asked.length > 1) throw new Error("boom");
      return { ip_address_list: { key: peer.url } };
    };
    const wrapper = namespaceWrapper({ getTaskState: undefined, getTaskStateById });
    const sharing = startedByNode({ serviceUrl: service.url }, { namespaceWrapper: wrapper, logger });
    for (let rounds = 0; rounds < 2; rounds += 1) {
      assert.deepEqual(askedIn(await share(sharing)), [peer.url]);
      letPass(60_000);
    }
    assert.deepEqual(asked, [
      [taskId, "KOII", {}],
      [taskId, "KOII", {}],
    ]);
    assert.match(
      logger.take("warn").join(),
      /getTaskStateById of the namespaceWrapper threw: boom; its last list of nodes is used/,
    );
  }),
);

test(
  "if option peers fails, the message blames it and not the state",
  inWorld(async (world) => {
    const service = await world.list();
    const peers = () => Promise.reject(new Error("boom"));
    const report = await share(startedByNode({ serviceUrl: service.url }, { peers, namespaceWrapper: namespaceWrapper() }));
    assert.deepEqual(report.error, { code: "PEERS_FAILED", message: "option peers threw: boom" });
  }),
);

test(
  "if no node is listed, the message says that the state lists none either",
  inWorld(async (world) => {
    const logger = listeningLogger();
    await share(startedByNode({ serviceUrl: (await world.list()).url }, { namespaceWrapper: namespaceWrapper(), logger }));
    assert.match(logger.take("warn").join(), /node service and the task's state list no other node/);
  }),
);
