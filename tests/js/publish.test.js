// publish: how a record is sent, to which nodes, and when that ends.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { test } from "node:test";
import express from "express4";
import { RELEASED, importFrom, whyNotReleased } from "../bench/packages.js";
import { BASE_MS, record } from "./fixtures/records.js";
import { heldBy, inWorld, share, taskId, until } from "./fixtures/world.js";

const [one, newer] = [record("a"), record("a", { timestamp: BASE_MS + 1 })];

/** The parts of a result that are compared. */
const gist = ({ url, httpStatus, ok, stored, code, why }) => ({ url, httpStatus, ok, stored, code, why });
const outcome = ({ ok, stored, code, why }) => [ok, stored, code ?? why];

test(
  "a dbsharing node stores a record, then holds it already, then holds a newer one",
  inWorld(async (world) => {
    const [sharing, node] = [world.sharing(), await world.node()];
    const [stored] = await sharing.publish(one, { to: node.url });
    assert.deepEqual(gist(stored), { url: node.url, httpStatus: 200, ok: true, stored: true, code: undefined, why: undefined });
    assert.deepEqual(await heldBy(node), [one]);
    assert.deepEqual(await heldBy(sharing), [], "the sender stores nothing");

    const [again] = await sharing.publish(one, { to: node.url });
    assert.deepEqual([...outcome(again), again.httpStatus, again.heldVersion], [true, false, "STALE", 200, again.version]);
    const [replaced] = await sharing.publish(newer, { to: node.url });
    assert.deepEqual(outcome(replaced), [true, true, undefined]);
    const [stale] = await sharing.publish(one, { to: node.url });
    assert.deepEqual([...outcome(stale), stale.httpStatus, stale.heldVersion], [true, false, "STALE", 409, replaced.version]);
  }),
);

test(
  "a url may name a node, its task or its collection, and each node is asked once",
  inWorld(async (world) => {
    const [sharing, node] = [world.sharing(), await world.node()];
    const urls = ["", "/", "/task/task", "/task/task/", "/task/task/linktree/all", "/?x=1"].map((end) => node.url + end);
    for (const url of urls)
      assert.deepEqual(
        (await sharing.publish(one, { to: url })).map((result) => [result.url, result.ok]),
        [[node.url, true]],
      );
    assert.equal((await sharing.publish(one, { to: urls })).length, 1);
  }),
);

test(
  "a record is posted as payload, without fields that no store keeps, with the task in the path or without",
  inWorld(async (world) => {
    const bodies = [];
    const server = await world.server(async (request, response) => {
      bodies.push(JSON.parse(Buffer.concat(await request.toArray())));
      response.end("stored");
    });
    await world.sharing().publish({ key: "linktree:a", value: one }, { to: server.url });
    await world.sharing({ taskId: undefined }).publish(one, { to: server.url });
    await world.sharing({ collection: "a (b)" }).publish(one, { to: `${server.url}/base/` });
    assert.deepEqual(
      server.requests.map(({ method, path }) => [method, path]),
      [
        ["POST", "/task/task/linktree"],
        ["POST", "/linktree"],
        ["POST", "/base/task/task/a%20(b)"],
      ],
    );
    assert.equal(server.requests[0].headers["content-type"], "application/json");
    assert.deepEqual(bodies, Array(3).fill({ payload: one }));
  }),
);

test(
  "a record that breaks a rule is sent to no node, and each url has the code",
  inWorld(async (world) => {
    const server = await world.server((_, response) => response.end("stored"));
    const sharing = world.sharing();
    const forged = { ...one, data: { ...one.data, linktree: ["forged"] } };
    const dead = await world.deadUrl();
    const results = await sharing.publish(forged, { to: [server.url, dead] });
    assert.deepEqual(
      results.map(({ url, code, stored, ok }) => [url, code, stored, ok]),
      [
        [server.url, "BAD_SIGNATURE", false, false],
        [dead, "BAD_SIGNATURE", false, false],
      ],
    );
    assert.deepEqual(
      (await sharing.publish(forged)).map(({ url, code }) => [url, code]),
      [["", "BAD_SIGNATURE"]],
    );
    for (const odd of [undefined, null, 5, "text", [], {}, { data: {} }, () => {}]) {
      assert.deepEqual((await sharing.publish(odd, { to: server.url })).map(outcome), [[false, false, "BAD_SHAPE"]]);
    }
    assert.deepEqual(server.requests, []);
  }),
);

const wrong = {
  "an unknown option": [{ too: "http://localhost" }, /did you mean to/],
  "a number": [{ to: 5 }, /5; wanted the url of a node/],
  "an empty list": [{ to: [] }, /an array/],
  "a list with something else": [{ to: ["http://localhost", null] }, /an array/],
  "a string": ["http://localhost", /wanted an object/],
};
for (const [what, [options, words]] of Object.entries(wrong)) {
  test(
    `options with ${what} are OPTION_INVALID in the result and not thrown`,
    inWorld(async (world) => {
      const results = await world.sharing().publish(one, options);
      assert.deepEqual(
        results.map(({ url, code }) => [url, code]),
        [["", "OPTION_INVALID"]],
      );
      assert.match(results[0].message, words);
    }),
  );
}

test(
  "anything but a node's url is ADDRESS_REFUSED, and the other nodes are asked",
  inWorld(async (world) => {
    const node = await world.node();
    const odd = [
      "",
      "localhost",
      "ftp://a.example",
      "http://user:pass@a.example",
      "http://",
      "javascript:alert(1)",
      "http://a.example:25",
      "\u202ehttp://a",
    ];
    const results = await world.sharing().publish(one, { to: [...odd, node.url] });
    assert.deepEqual(
      results.map(({ code }) => code),
      [...odd.map(() => "ADDRESS_REFUSED"), undefined],
    );
    assert.equal(results.at(-1).stored, true);
    assert.ok(results.every(({ url }) => !/[\u202a-\u202e]/.test(url)));
  }),
);

const NOWHERE = [
  "http://169.254.169.254",
  "http://100.100.100.200",
  "http://metadata.google.internal",
  "http://[fe80::1]",
  "http://[::ffff:169.254.1.1]",
  "http://224.0.0.1",
  "http://[ff02::1]",
  "http://255.255.255.255",
  "http://0.0.0.0",
  "http://0",
  "http://0.0.0.0:8080/base",
  "http://[::]",
  "http://[::ffff:0:0]:80",
];
const PRIVATE = [
  "http://127.0.0.1",
  "http://localhost:8080",
  "http://10.0.0.1",
  "http://192.168.1.1",
  "http://[::1]",
  "http://[fd00::1]",
];

test(
  "nothing is sent to addresses where no node can be, nor to private ones if allowPrivateNetworks is false",
  inWorld(async (world) => {
    const asked = [];
    const fetch = async (url) => (asked.push(new URL(url).origin), new Response("ok"));
    for (const allowPrivateNetworks of [undefined, true, false]) {
      const results = await world.sharing({ fetch, allowPrivateNetworks }).publish(one, { to: NOWHERE });
      assert.deepEqual(
        results.map(outcome),
        NOWHERE.map(() => [false, false, "ADDRESS_REFUSED"]),
      );
      assert.ok(results.every(({ message }) => /link-local, multicast, reserved or a metadata service/.test(message)));
    }
    assert.deepEqual(asked, []);
    const refused = await world
      .sharing({ fetch, allowPrivateNetworks: false })
      .publish(one, { to: [...PRIVATE, "http://192.0.2.1"] });
    assert.deepEqual(refused.map(outcome), [...PRIVATE.map(() => [false, false, "ADDRESS_REFUSED"]), [true, true, undefined]]);
    assert.match(refused[0].message, /private network.*allowPrivateNetworks/);
    assert.deepEqual(asked.splice(0), ["http://192.0.2.1"]);
    await world.sharing({ fetch }).publish(one, { to: PRIVATE });
    assert.deepEqual(asked, PRIVATE);
  }),
);

test(
  "stop() and the signal end requests under way, and no other node is asked",
  inWorld(async (world) => {
    const server = await world.server(() => {});
    const urls = Array.from({ length: 40 }, (_, number) => `${server.url}/${number}`);
    const [stopped, controller] = [world.sharing(), new AbortController()];
    const signalled = world.sharing({ signal: controller.signal });
    for (const [sharing, end] of [
      [stopped, () => stopped.stop()],
      [signalled, () => controller.abort()],
    ]) {
      server.requests.length = 0;
      const publishing = sharing.publish(one, { to: urls });
      await until(() => server.requests.length === 16); // nodeFetch has no more connections to one host
      end();
      assert.deepEqual(
        (await publishing).map(outcome),
        urls.map(() => [false, false, "ABORTED"]),
      );
    }
    server.requests.length = 0;
    assert.deepEqual(
      (await signalled.publish(one, { to: server.url })).map(({ url, code }) => [url, code]),
      [["", "ABORTED"]],
    );
    assert.deepEqual(server.requests, []);
    const node = await world.node();
    assert.equal((await stopped.publish(one, { to: node.url }))[0].stored, true, "publish can be called again after stop()");
  }),
);

test(
  "stop() ends the wait for a node list too",
  inWorld(async (world) => {
    const service = await world.server(() => {});
    const sharing = world.sharing({ serviceUrl: service.url });
    const publishing = sharing.publish(one);
    await until(() => service.requests.length > 0);
    await sharing.stop();
    assert.deepEqual(
      (await publishing).map(({ url, code }) => [url, code]),
      [["", "ABORTED"]],
    );
  }),
);

test(
  "a fetch that throws or does not return a response leads to a result",
  inWorld(async (world) => {
    const fetches = [
      () => {
        throw new Error("no");
      },
      async () => undefined,
      async () => ({}),
      () => ({ then: 5 }),
    ];
    for (const fetch of fetches) {
      const [result] = await world.sharing({ fetch }).publish(one, { to: "http://node.example" });
      assert.deepEqual([result.ok, result.stored, result.url], [false, false, "http://node.example"], String(fetch));
    }
  }),
);

test(
  "a node without acceptWrites answers 404, and the message says so",
  inWorld(async (world) => {
    const node = await world.node({ acceptWrites: false });
    const [result] = await world.sharing().publish(one, { to: node.url });
    assert.deepEqual([result.code, result.httpStatus], ["PEER_STATUS", 404]);
    assert.match(result.message, /does not accept writes/);
  }),
);

test(
  "a node of 0.1.0 stores a record, and a held one is STALE",
  { skip: whyNotReleased() ?? false },
  inWorld(async (world) => {
    const path = (name) => importFrom(RELEASED, name);
    const [{ createSharing }, { nodeHandler }, { memoryStore }] = await Promise.all(
      ["js/index.js", "js/http.js", "js/stores/memory.js"].map(path),
    );
    const handler = nodeHandler(createSharing({ taskId, db: memoryStore(), acceptWrites: true }));
    const node = await world.server(handler);
    const sharing = world.sharing();
    assert.deepEqual((await sharing.publish(newer, { to: node.url })).map(outcome), [[true, true, undefined]]);
    const [stale] = await sharing.publish(one, { to: node.url });
    assert.deepEqual([...outcome(stale), stale.httpStatus, "heldVersion" in stale], [true, false, "STALE", 409, false]);
    assert.match(stale.message, /newer/);
  }),
);

test(
  "a task with its own POST route in Express 4 gets the record as payload",
  inWorld(async (world) => {
    const app = express();
    const held = [];
    app.use(express.json());
    app.post(`/task/${taskId}/linktree`, (request, response) => {
      held.push(request.body.payload);
      response.status(200).send({ message: "Proof and linktree registered successfully" });
    });
    const server = createServer(app).listen(0, "127.0.0.1");
    await once(server, "listening");
    const [result] = await world.sharing().publish(one, { to: `http://127.0.0.1:${server.address().port}` });
    server.close();
    assert.deepEqual([result.stored, held], [true, [one]]);
  }),
);

test(
  "without `to` known peers are asked until three of them hold the record",
  inWorld(async (world) => {
    const nodes = await Promise.all(Array.from({ length: 8 }, () => world.node()));
    const closed = await world.node({ acceptWrites: false });
    const sharing = await world.sharingWith([...nodes, closed].map(({ url }) => url));
    await share(sharing);
    const results = await sharing.publish(one);
    const holders = results.filter(({ ok }) => ok);
    assert.equal(holders.length, 3);
    assert.ok(results.every(({ url, ok }) => ok || url === closed.url));
    const held = await Promise.all(nodes.map(heldBy));
    assert.equal(held.flat().length, 3);
  }),
);

test(
  "if no peer is known yet, those in the service's list are asked, without a round",
  inWorld(async (world) => {
    const nodes = await Promise.all([world.node(), world.node()]);
    const sharing = await world.sharingWith(
      nodes.map(({ url }) => url),
      { peers: [] },
    );
    const results = await sharing.publish(one);
    assert.deepEqual(results.map(({ url, stored }) => [url, stored]).sort(), nodes.map(({ url }) => [url, true]).sort());
    assert.equal(sharing.status().lastReport, undefined);
  }),
);

test(
  "if all listed nodes fail, each has a result",
  inWorld(async (world) => {
    const dead = await Promise.all(Array.from({ length: 5 }, () => world.deadUrl()));
    const sharing = await world.sharingWith([...new Set(dead)]);
    const results = await sharing.publish(one);
    assert.deepEqual(
      results.map(({ url, code }) => [url, code]).sort(),
      [...new Set(dead)].sort().map((url) => [url, "PEER_UNREACHABLE"]),
    );
  }),
);

test(
  "if no node can be asked, one result says why",
  inWorld(async (world) => {
    const why = async (sharing) => (await sharing.publish(one)).map(({ url, ok, stored, code }) => [url, ok, stored, code]);
    const only = (code) => [["", false, false, code]];
    assert.deepEqual(await why(await world.sharingWith([])), only("PEER_UNREACHABLE"));
    assert.deepEqual(await why(world.sharing({ taskId: undefined })), only("NO_TASK_ID"));
    assert.deepEqual(await why(world.sharing({ serviceUrl: await world.deadUrl() })), only("SERVICE_UNREACHABLE"));
    const ill = await world.sharingWith([await world.deadUrl()]);
    for (let round = 0; round < 3; round += 1) await share(ill);
    assert.deepEqual(await why(ill), only("BACKING_OFF"));
  }),
);

test(
  "the record of an update is published unchanged",
  inWorld(async (world) => {
    const [sharing, node] = [world.sharing(), await world.node()];
    const { record: signed, version } = await sharing.update({ uuid: "mine" }, new Uint8Array(32).fill(5));
    const [result] = await sharing.publish(signed, { to: node.url });
    assert.deepEqual([result.stored, result.version], [true, version]);
    assert.deepEqual(await heldBy(node), [signed]);
  }),
);
