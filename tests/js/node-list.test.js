// Which nodes are asked: node lists, service urls, the task's own peers, and this node itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sendJson } from "../network/server.js";
import { record, records, signer } from "./fixtures/records.js";
import { askedIn, heldBy, inWorld, share, taskId } from "./fixtures/world.js";

const some = records(2);
const stakingKey = signer(5).publicKey;

const lists = {
  "an array of { data: { url } }": (url) => [{ data: { url, timestamp: 1 }, signature: "x", owner: "y" }],
  "an array of { url }": (url) => [{ url }],
  "an array of urls": (url) => [url],
  "an object { stakingKey: url }": (url) => ({ [stakingKey]: url }),
  "a string that holds a list": (url) => JSON.stringify(JSON.stringify([url])),
  "a list after a byte order mark": (url) => `\ufeff${JSON.stringify([url])}`,
};

for (const [shape, listOf] of Object.entries(lists)) {
  test(
    `a node list may be ${shape}`,
    inWorld(async (world) => {
      const peer = await world.plainPeer(some);
      const service = await world.server((_, response) => sendJson(response, listOf(peer.url)));
      const report = await share(world.sharing({ serviceUrl: service.url }));
      assert.equal(report.ok, true, JSON.stringify(report));
      assert.deepEqual(askedIn(report), [peer.url]);
      assert.equal(report.totals.inserted, 2);
    }),
  );
}

test(
  "a url is asked once, however it is spelled",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const { port } = new URL(peer.url);
    const spellings = [
      peer.url,
      `${peer.url}/`,
      `${peer.url}//`,
      `${peer.url}/task/${taskId}`,
      `${peer.url}/task/${taskId}/linktree/all`,
      peer.url.toUpperCase(),
      ` ${peer.url} `,
      `${peer.url}?a=b`,
      `${peer.url}#c`,
      `${peer.url}/./`,
      `http://127.1:${port}`,
      `http://0x7f000001:${port}`,
      `http://2130706433:${port}`,
    ];
    const peers = spellings.filter((url) => !/[?#]/.test(url)); // in an option these parts, which would be lost, are refused
    const sharing = await world.sharingWith(spellings, { peers });
    const report = await share(sharing);
    assert.deepEqual(askedIn(report), [peer.url]);
    assert.deepEqual(
      peer.requests.map(({ path }) => path),
      [`/task/${taskId}/linktree/all`],
    );
  }),
);

test(
  "a node never asks itself",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const { port } = new URL(peer.url);
    const selfUrls = [peer.url, [`${peer.url}/task/${taskId}/`], [`http://127.1:${port}`, "http://elsewhere.example"]];
    for (const selfUrl of selfUrls) {
      const report = await share(await world.sharingWith([peer.url, `${peer.url}/`], { selfUrl, peers: [peer.url] }));
      assert.deepEqual(report.peers, []);
    }
    assert.equal(peer.requests.length, 0);
  }),
);

test(
  "link-local and metadata addresses are refused, whatever the options say",
  inWorld(async (world) => {
    const asked = [];
    const fetch = async (url) => {
      asked.push(url);
      return new Response("[]");
    };
    const never = [
      "http://169.254.169.254/latest/meta-data",
      "http://[fe80::1]",
      "http://[::ffff:169.254.169.254]",
      "http://0xa9fea9fe",
      "http://2852039166",
      "http://metadata.google.internal",
    ];
    const sharing = world.sharing({ serviceUrl: "http://127.0.0.1:1", peers: never, allowPrivateNetworks: true, fetch });
    const report = await share(sharing);
    const outcomes = report.peers.map(({ outcome, code }) => [outcome, code]);
    assert.deepEqual(
      outcomes,
      never.map(() => ["skipped", "ADDRESS_REFUSED"]),
    );
    assert.deepEqual(asked, ["http://127.0.0.1:1/nodes/task"]);
  }),
);

test(
  "private peers are refused if the service is public or lists a public peer",
  inWorld(async (world) => {
    const privatePeer = "http://10.1.2.3:30017";
    const ask = async (serviceUrl, listed, options) => {
      const fetch = async (url) => new Response(url.includes("/nodes/") ? JSON.stringify(listed) : "[]");
      const report = await share(world.sharing({ serviceUrl, fetch, ...options }));
      return Object.fromEntries(report.peers.map(({ url, outcome, code }) => [url, code ?? outcome]));
    };
    const publicPeer = "http://node.example";
    assert.deepEqual(await ask("http://localhost:30017", [privatePeer]), { [privatePeer]: "empty" });
    assert.deepEqual(await ask("http://service.example", [privatePeer]), { [privatePeer]: "ADDRESS_REFUSED" });
    assert.deepEqual(await ask("http://localhost:30017", [privatePeer, publicPeer]), {
      [privatePeer]: "ADDRESS_REFUSED",
      [publicPeer]: "empty",
    });
    const allowed = await ask("http://service.example", [privatePeer, publicPeer], { allowPrivateNetworks: true });
    assert.deepEqual(allowed, { [privatePeer]: "empty", [publicPeer]: "empty" });
    const forbidden = await ask("http://localhost", [privatePeer], { allowPrivateNetworks: false });
    assert.deepEqual(forbidden, { [privatePeer]: "ADDRESS_REFUSED" });
  }),
);

for (const serviceUrl of [undefined, null, "", "undefined", "null"]) {
  test(
    `serviceUrl ${JSON.stringify(serviceUrl)} is the local node`,
    inWorld(async (world) => {
      assert.deepEqual(await urlsAsked(world, { serviceUrl }), ["http://localhost:30017/nodes/task"]);
    }),
  );
}

test(
  "a service url may end in slashes, and the request has no double slash",
  inWorld(async (world) => {
    for (const base of ["http://service.example", "http://service.example/base"]) {
      for (const serviceUrl of [base, `${base}/`, `${base}//`, `${base}///`, ` ${base}/ `]) {
        assert.deepEqual(await urlsAsked(world, { serviceUrl }), [`${base}/nodes/task`], serviceUrl);
      }
    }
  }),
);

test(
  "an error of the service names its address",
  inWorld(async (world) => {
    for (const [answer, code] of [
      [(response) => response.writeHead(502).end(), "SERVICE_STATUS"],
      [(response) => response.end("<p>"), "SERVICE_BAD_BODY"],
    ]) {
      const { url } = await world.server((_, response) => answer(response));
      const sharing = world.sharing({ serviceUrl: `${url}/` });
      const { error } = await share(sharing);
      assert.equal(error.code, code);
      assert.ok(error.message.endsWith(` (${url})`), error.message);
      const [published] = await world.sharing({ serviceUrl: url }).publish(record("x"));
      assert.ok(published.code === code && published.message.endsWith(` (${url})`), published.message);
    }
    const { error } = await share(world.sharing({ serviceUrl: await world.deadUrl() }));
    assert.doesNotMatch(error.message, /(http:\S+).*\1/, "not twice");
  }),
);

test(
  "a task id is one segment of the path, percent-encoded",
  inWorld(async (world) => {
    const asked = await urlsAsked(world, { serviceUrl: "http://service.example", taskId: "a:b@ü" });
    assert.deepEqual(asked, ["http://service.example/nodes/a%3Ab%40%C3%BC"]);
  }),
);

for (const missing of [undefined, null, "", "undefined", "null"]) {
  test(
    `with the task id ${JSON.stringify(missing)} a round does nothing and reports why`,
    inWorld(async (world) => {
      const [db, fetch] = [untouchable("db"), untouchable("fetch")];
      const report = await share(world.sharing({ taskId: missing, peers: ["http://127.0.0.1:1"], db, fetch }));
      assert.equal(report.ok, false);
      assert.equal(report.error.code, "NO_TASK_ID");
      assert.deepEqual(report.peers, []);
    }),
  );
}

/** A store or function that must not be called. */
function untouchable(name) {
  const touched = () => assert.fail(`${name} was called`);
  return Object.assign(touched, { getMany: touched, entries: touched, write: touched });
}

test(
  "if the service is down, the task's own peers are asked",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const sharing = world.sharing({ serviceUrl: await world.deadUrl(), peers: () => [peer.url] });
    const report = await share(sharing);
    assert.equal(report.ok, false);
    assert.equal(report.error.code, "SERVICE_UNREACHABLE");
    assert.equal(report.totals.inserted, 2);
    assert.equal((await heldBy(sharing)).length, 2);
  }),
);

test(
  "if the service is down, its last list is used for a day",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const service = await world.list([peer.url]);
    let nowMs = 1_700_000_000_000;
    const sharing = world.sharing({ serviceUrl: service.url, now: () => nowMs });
    await share(sharing);
    service.nodes = { error: "down" };
    nowMs += 24 * 60 * 60 * 1000;
    const report = await share(sharing);
    assert.equal(report.error.code, "SERVICE_BAD_BODY");
    assert.deepEqual(askedIn(report), [peer.url]);
    nowMs += 1;
    assert.deepEqual(askedIn(await share(sharing)), []);
  }),
);

test(
  "an empty list replaces the remembered one",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    const service = await world.list([peer.url]);
    const sharing = world.sharing({ serviceUrl: service.url });
    await share(sharing);
    service.nodes = [];
    assert.deepEqual((await share(sharing)).peers, []);
  }),
);

test(
  "if there are more peers than one round asks, all get their turn",
  inWorld(async (world) => {
    const peers = await Promise.all(Array.from({ length: 7 }, () => world.plainPeer(some)));
    const sharing = await world.sharingWith(
      peers.map(({ url }) => url),
      { maxPeersPerRound: 3 },
    );
    for (let rounds = 0; rounds < 3; rounds += 1) assert.equal(askedIn(await share(sharing)).length, 3);
    assert.ok(peers.every(({ requests }) => requests.length >= 1));
  }),
);

test(
  "a peer that fails three times in a row is left alone for a while",
  inWorld(async (world) => {
    let nowMs = 1_700_000_000_000;
    const dead = await world.deadUrl();
    const sharing = await world.sharingWith([dead], { now: () => nowMs });
    for (let rounds = 0; rounds < 3; rounds += 1) assert.equal((await share(sharing)).peers[0].code, "PEER_UNREACHABLE");
    const [skipped] = (await share(sharing)).peers;
    assert.deepEqual([skipped.outcome, skipped.code, skipped.requests], ["skipped", "BACKING_OFF", 0]);
    assert.match(skipped.message, /^left alone for \d+ s more after it failed, or had nothing, 3 times in a row$/);
    const [{ retryAtMs, failures }] = sharing.status().peers;
    assert.equal(failures, 3);
    nowMs = retryAtMs;
    assert.equal((await share(sharing)).peers[0].code, "PEER_UNREACHABLE");
  }),
);

/** Every url that one round requests if the list is empty. */
async function urlsAsked(world, options) {
  const asked = [];
  const fetch = async (url) => {
    asked.push(url);
    return new Response("[]");
  };
  await share(world.sharing({ ...options, fetch }));
  return asked;
}
