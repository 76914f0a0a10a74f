// Bodies: read as they arrive, bounded while they wait, and passed on as far as they arrived.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Body } from "../../js/core/body.js";
import { ByteQueue } from "../../js/core/byte-queue.js";
import { PeerRequest } from "../../js/core/peer-request.js";
import { FetchInits } from "../../js/core/get-requests.js";
import { WaitingBytes } from "../../js/core/waiting-bytes.js";
import { records, sorted } from "./fixtures/records.js";
import { entryOf, heldBy, inWorld, nextTurn, share, until } from "./fixtures/world.js";

const MiB = 1024 * 1024;
const some = records(3);
const text = JSON.stringify(some);
const bytes = (length, value = 32) => new Uint8Array(length).fill(value);

/** A response whose body a test feeds: `give` a chunk, `end` or `fail` it; `asked` counts the requests for more. */
function fedResponse(more = {}) {
  const waiting = [];
  const steps = [];
  const fed = { asked: 0, isCancelled: false };
  const settle = () => {
    while (waiting.length > 0 && steps.length > 0) steps.shift()(waiting.shift());
  };
  const add = (step) => void (steps.push(step), settle());
  const reader = {
    read: () =>
      new Promise((resolve, reject) => {
        fed.asked += 1;
        waiting.push({ resolve, reject });
        settle();
      }),
    cancel: async () => void (fed.isCancelled = true),
  };
  return Object.assign(fed, {
    response: { body: { getReader: () => reader }, ...more },
    give: (value) => add(({ resolve }) => resolve({ done: false, value })),
    end: () => add(({ resolve }) => resolve({ done: true })),
    fail: (error) => add(({ reject }) => reject(error)),
  });
}

async function allOf(body) {
  const pieces = [];
  for (let piece = await body.read(); piece !== undefined; piece = await body.read()) pieces.push(piece);
  return pieces;
}

test("a body is read on even if nothing is taken from it", async () => {
  const fed = fedResponse();
  const body = new Body(fed.response, { maxBytes: MiB });
  for (let chunk = 1; chunk <= 20; chunk += 1) {
    fed.give(bytes(1_000));
    await until(() => fed.asked === chunk + 1);
  }
  assert.equal(body.waitingBytes, 20_000);
  fed.end();
  assert.equal(Buffer.concat(await allOf(body)).length, 20_000);
  assert.deepEqual([body.waitingBytes, body.isAtEnd], [0, true]);
});

test("bytes that came before a fault are delivered before the fault", async () => {
  const fed = fedResponse();
  const body = new Body(fed.response, { maxBytes: MiB });
  fed.give(bytes(100_000));
  fed.fail(new Error("terminated"));
  await until(() => body.isAtEnd);
  let got = 0;
  await assert.rejects(async () => {
    for (;;) got += (await body.read()).length;
  }, /terminated/);
  assert.equal(got, 100_000);
});

test("pieces hold the bytes in order, whatever their chunks were, and are never long", () => {
  const queue = new ByteQueue();
  const whole = Uint8Array.from({ length: 700_000 }, (_, at) => at % 251);
  const taken = [];
  let at = 0;
  for (const length of [0, 1, 1, 5_000, 300_000, 3, 65_536, 1, 70_000]) {
    queue.push(whole.subarray(at, at + length));
    at += length;
    if (length === 3 || length === 1) taken.push(queue.shift());
  }
  while (queue.length > 0) taken.push(queue.shift());
  assert.ok(Buffer.concat(taken).equals(whole.subarray(0, at)));
  assert.ok(taken.every(({ length }) => length <= 256 * 1024));
  assert.equal(queue.shift().length, 0);
});

test("bytes that arrive one by one wait in few blocks", () => {
  const queue = new ByteQueue();
  for (let at = 0; at < 200_000; at += 1) queue.push(bytes(1));
  let blocks = 0;
  for (; queue.length > 0; blocks += 1) queue.shift();
  assert.ok(blocks < 20, `${blocks} blocks`);
});

test("if too much waits, only the body with the most waiting bytes is cut", async () => {
  const waiting = new WaitingBytes(1_000);
  const [large, small] = [fedResponse(), fedResponse()];
  const bodies = [large, small].map(({ response }) => new Body(response, { maxBytes: MiB, waiting }));
  large.give(bytes(600));
  small.give(bytes(300));
  await until(() => bodies[1].waitingBytes === 300);
  assert.equal(large.isCancelled, false);
  small.give(bytes(200));
  await until(() => large.isCancelled);
  await assert.rejects(bodies[0].read(), { code: "BODY_CROWDED", message: "more than 1000 bytes waited to be judged" });
  small.end();
  assert.equal(Buffer.concat(await allOf(bodies[1])).length, 500);
  assert.equal(small.isCancelled, false);
});

test("bytes that were taken or dropped no longer count as waiting", async () => {
  const waiting = new WaitingBytes(1_000);
  for (let round = 0; round < 5; round += 1) {
    const [read, cancelled] = [fedResponse(), fedResponse()];
    const bodies = [read, cancelled].map(({ response }) => new Body(response, { maxBytes: MiB, waiting }));
    for (const fed of [read, cancelled]) fed.give(bytes(500));
    read.end();
    assert.equal(Buffer.concat(await allOf(bodies[0])).length, 500);
    bodies[1].cancel();
    assert.equal(bodies[1].waitingBytes, 0);
  }
});

test("a body that can be paused is paused when 1 MiB of it waits, and resumes when there is room", async () => {
  const fed = fedResponse({ mayPause: true });
  const body = new Body(fed.response, { maxBytes: 64 * MiB });
  for (let chunk = 0; chunk < 40; chunk += 1) fed.give(bytes(100_000));
  fed.end();
  await until(() => body.waitingBytes >= MiB);
  for (let turns = 0; turns < 10; turns += 1) await nextTurn();
  assert.equal(fed.asked, 11);
  assert.equal(Buffer.concat(await allOf(body)).length, 4_000_000);
});

test("a paused body that is cancelled is no longer paused", async () => {
  const fed = fedResponse({ mayPause: true });
  const body = new Body(fed.response, { maxBytes: 64 * MiB });
  for (let chunk = 0; chunk < 20; chunk += 1) fed.give(bytes(100_000));
  await until(() => body.waitingBytes >= MiB);
  body.cancel();
  assert.deepEqual([fed.isCancelled, body.waitingBytes], [true, 0]);
  await assert.rejects(body.read(), { code: "ABORTED" });
});

test("a body that is too long is read no further than it takes to see that", async () => {
  const fed = fedResponse();
  const body = new Body(fed.response, { maxBytes: 1_000 });
  fed.give(bytes(700));
  fed.give(bytes(70_000));
  await until(() => fed.isCancelled);
  assert.equal(body.waitingBytes, 1_001);
  assert.equal(fed.asked, 2);
});

test("an unwanted body is read and discarded, up to a limit", async () => {
  const [page, endless] = [fedResponse(), fedResponse()];
  const bodies = [page, endless].map(({ response }) => new Body(response, { maxBytes: 256 * 1024, isWanted: false }));
  page.give(bytes(64 * 1024));
  page.end();
  await until(() => bodies[0].isAtEnd);
  for (let chunk = 0; chunk < 5; chunk += 1) endless.give(bytes(64 * 1024));
  await until(() => endless.isCancelled);
  assert.deepEqual([page.isCancelled, bodies[0].waitingBytes, bodies[1].waitingBytes], [false, 0, 0]);
});

test("after a request has ended none of its bytes wait, even if its body arrived whole and was not taken", async () => {
  const fed = fedResponse({ status: 200 });
  const request = new PeerRequest();
  const parts = { url: "http://127.0.0.1:1/", headers: {} };
  const { body } = await request.send(async () => fed.response, new FetchInits(), parts, { maxBodyBytes: MiB });
  fed.give(bytes(1_000));
  fed.end();
  await until(() => body.isAtEnd);
  assert.equal(body.waitingBytes, 1_000);
  request.end();
  assert.deepEqual([body.waitingBytes, fed.isCancelled], [0, false]);
});

const peers = ["http://127.0.0.1:1", "http://127.0.0.1:2"];

/** A Sharing without a network: `answer(url, init)` answers for the peers, and the service lists them. */
function sharingOf(world, answer, options = {}) {
  const fetch = async (url, init) => {
    return url.includes("/nodes/") ? new Response(JSON.stringify(peers.slice(0, 1))) : answer(url, init);
  };
  return world.sharing({ fetch, ...options });
}

async function* broken(...chunks) {
  for (const chunk of chunks) yield Buffer.from(chunk);
  throw new TypeError("terminated");
}

const okay = (body, headers = []) => ({ status: 200, type: "default", headers: new Map(headers), body });

test(
  "an array that arrived whole counts as whole, whatever happens to its stream afterwards",
  inWorld(async (world) => {
    const conditions = [];
    const sharing = sharingOf(world, (_, { headers }) => {
      conditions.push(headers["if-none-match"]);
      return okay(broken(text.slice(0, 50), text.slice(50)), [["etag", '"theirs"']]);
    });
    const entry = entryOf(await share(sharing), peers[0]);
    assert.deepEqual([entry.outcome, entry.inserted], ["synced", 3], entry.message);
    await share(sharing);
    assert.match(conditions[1], /"theirs"/, "its tag is kept");
  }),
);

test(
  "an array that did not arrive whole is BODY_CUT, and the items that arrived are kept",
  inWorld(async (world) => {
    const sharing = sharingOf(world, () => okay(broken(text.slice(0, -1))));
    const entry = entryOf(await share(sharing), peers[0]);
    assert.deepEqual([entry.code, entry.inserted], ["BODY_CUT", 3]);
    assert.ok(entry.message.includes(peers[0]) && entry.message.includes("terminated"), entry.message);
  }),
);

test(
  "a node list that arrived whole counts as whole, and any other is SERVICE_UNREACHABLE",
  inWorld(async (world) => {
    const list = JSON.stringify(peers.slice(0, 1));
    for (const [arrived, code] of [
      [list, undefined],
      [list.slice(0, -1), "SERVICE_UNREACHABLE"],
    ]) {
      const fetch = async (url) => okay(url.includes("/nodes/") ? broken(arrived) : broken(text));
      const report = await share(world.sharing({ fetch }));
      assert.equal(report.error?.code, code);
      assert.equal(report.peers.length, code ? 0 : 1);
    }
  }),
);

test(
  "if two bodies arrive faster than they are judged, one is cut and read again in the next round",
  inWorld(async (world) => {
    const spaces = () => bytes(MiB);
    let isFast = true;
    async function* fast() {
      yield Buffer.from(text.slice(0, -1));
      for (let chunk = 0; chunk < 40; chunk += 1) yield spaces();
      yield Buffer.from("]");
    }
    const fetch = async (url) => {
      if (url.includes("/nodes/")) return new Response(JSON.stringify(peers));
      return okay(isFast ? fast() : broken(text));
    };
    const sharing = world.sharing({ fetch });
    const report = await share(sharing);
    const cut = report.peers.filter(({ code }) => code !== undefined);
    assert.deepEqual(
      cut.map(({ code }) => code),
      ["BODY_CUT"],
    );
    assert.match(cut[0].message, /more than 64 MiB waited/);
    assert.deepEqual(sorted(await heldBy(sharing)), sorted(some));
    assert.equal(
      sharing.status().peers.every(({ failures }) => failures === 0),
      true,
      "it does not count as a failure of the peer",
    );
    isFast = false;
    assert.deepEqual(
      (await share(sharing)).peers.map(({ outcome }) => outcome),
      ["synced", "synced"],
    );
  }),
);

test(
  "requests bypass the HTTP cache of fetch",
  inWorld(async (world) => {
    const cache = new Map();
    let served = some.slice(0, 1);
    const sharing = sharingOf(world, (url, { cache: how }) => {
      if (how === "no-store" || !cache.has(url)) cache.set(url, JSON.stringify(served));
      return new Response(cache.get(url));
    });
    await share(sharing);
    served = some;
    assert.equal(entryOf(await share(sharing), peers[0]).inserted, 2);
  }),
);

const refusals = ["The 'cache' field on 'RequestInitializerDict' is not implemented.", "Unsupported cache mode: no-store"];

for (const refusal of refusals) {
  test(
    `a fetch that fails with "${refusal}" is called again without the option, at once and from then on`,
    inWorld(async (world) => {
      const asked = [];
      const fetch = async (url, init) => {
        asked.push("cache" in init);
        if ("cache" in init) throw new Error(refusal);
        return new Response(url.includes("/nodes/") ? JSON.stringify(peers.slice(0, 1)) : text);
      };
      const sharing = world.sharing({ fetch });
      assert.equal(entryOf(await share(sharing), peers[0]).inserted, 3);
      await share(sharing);
      assert.deepEqual(asked, [true, false, false, false, false]);
    }),
  );
}

test(
  "each request has its own signal, which is aborted only while the request is open",
  inWorld(async (world) => {
    const signals = [];
    const fetch = async (url, { signal }) => {
      signals.push(signal);
      if (url.includes("/nodes/")) return new Response(JSON.stringify(peers));
      if (url.startsWith(peers[0])) throw new TypeError("fetch failed");
      return url.endsWith("/all") ? new Response("no", { status: 404 }) : okay(endless());
    };
    async function* endless() {
      yield Buffer.from("no list");
      await new Promise(() => {});
    }
    const {
      peers: [first, second],
    } = await share(world.sharing({ fetch }));
    assert.deepEqual([first.code, second.code].sort(), ["BAD_BODY", "PEER_UNREACHABLE"]);
    await until(() => signals.at(-1).aborted);
    assert.equal(new Set(signals).size, 4);
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [false, false, false, true],
    );
  }),
);

test(
  "the message about a peer where nothing listens says so and names its address",
  inWorld(async (world) => {
    const url = await world.deadUrl();
    const report = await share(await world.sharingWith([url]));
    const { message } = entryOf(report, url);
    assert.ok(message.includes(`${url}/task/task/linktree/all`), message);
    assert.match(message, /all: no connection to 127\.0\.0\.1:\d+ ECONNREFUSED; nobody listens there$/);
  }),
);
