// Symbols on real ways between nodes: peers that do not know them, proxies, caches, redirects, and nodes of version 0.1.0.
import { letPass } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import express5 from "express";
import express4 from "express4";
import proxy from "express-http-proxy";
import { nodeHandler } from "../../js/http.js";
import { importFrom, RELEASED, whyNotReleased } from "../bench/packages.js";
import { asItems, BASE_MS, record, records, sorted } from "./fixtures/records.js";
import { symbolsPeerIn } from "./fixtures/symbols-peers.js";
import { assertReadBySymbols, cachingBefore, keepingBack, numbersOf } from "./fixtures/symbols-ways.js";
import { entryOf, heldBy, inWorld, share, taskId } from "./fixtures/world.js";

const [SECOND_MS, MINUTE_MS] = [1_000, 60_000];
const many = records(300);
const most = many.slice(0, 290);
const edited = ({ data }, edits = 1) => record(data.uuid, { timestamp: BASE_MS + edits * MINUTE_MS, edits });

/** Puts records, each of which has to be stored. */
async function putAll(sharing, list) {
  for (const { stored } of await sharing.putMany(list)) assert.equal(stored, true);
  return sharing;
}

const asksForSymbols = ({ path, headers }) => /\/(symbols|records)\?/.test(path) || /symbols/.test(headers.accept ?? "");

const expresses = { "Express 4": express4, "Express 5": express5 };

for (const [name, express] of Object.entries(expresses)) {
  for (const own of [[], most]) {
    test(
      `an old peer on ${name} costs a node of ${own.length} records one request a round`,
      inWorld(async (world) => {
        let served = many;
        const app = express().get(`/task/${taskId}/linktree/all`, (_, response) => response.send(asItems(served)));
        const { url, requests } = await world.server(app);
        const sharing = await putAll(await world.sharingWith([url]), own);
        const round = async () => numbersOf(entryOf(await share(sharing), url));
        const read = { outcome: "synced", httpStatus: 200, by: "body", requests: 1, differs: undefined };
        const quiet = { outcome: "unchanged", httpStatus: 304, by: "tag", requests: 1, differs: undefined };
        assert.deepEqual(await round(), read);
        assert.deepEqual(await round(), quiet);
        served = [edited(many[0]), ...many.slice(1)];
        assert.deepEqual(await round(), read);
        assert.deepEqual(await round(), quiet);
        assert.deepEqual(sorted(await heldBy(sharing)), sorted(served));
        assert.deepEqual([requests.length, requests.filter(asksForSymbols).length], [4, 4]);
      }),
    );
  }

  test(
    `a node on ${name} behind the proxy of a node of the platform is read by symbols`,
    inWorld(async (world) => {
      const peer = await putAll(world.sharing(), many);
      const task = await world.server(express().use(express.json(), nodeHandler(peer)));
      const platform = express4().use(
        "/task/:taskid/*",
        proxy(() => task.url.replace("127.0.0.1", "localhost"), {
          proxyReqPathResolver: (req) => req.originalUrl.replace(`/task/${req.params.taskid}`, ""),
        }),
      );
      const { url } = await world.server(platform);
      const reader = await putAll(await world.sharingWith([url]), most);
      await assertReadBySymbols({ peer, reader, edit: edited(many[0]) });
      const empty = await world.sharingWith([url]);
      assert.equal(entryOf(await share(empty), url).inserted, many.length);
      await assertReadBySymbols({ peer, reader: empty, edit: edited(many[0], 2) });
    }),
  );
}

/** How something between answers what it does not let through. */
const refusals = {
  404: (_, response) => response.writeHead(404).end("Not Found"),
  403: (_, response) => response.writeHead(403).end("Forbidden"),
  502: (_, response) => response.writeHead(502, { "content-type": "text/html" }).end("<h1>502 Bad Gateway</h1>"),
  "a page": (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><p>hello</p>"),
  "301 to elsewhere": (_, response) => response.writeHead(301, { location: "http://127.0.0.1:9/" }).end(),
  "307 to itself": (request, response) => response.writeHead(307, { location: request.url }).end(),
};

for (const [refusal, refuse] of Object.entries(refusals)) {
  const minutes = refusal === "502" ? 1 : 60; // it may be a proxy whose peer restarts
  // With 1 difference records are asked for at once, with 100 more symbols before.
  for (const [what, differences] of [
    ["everything but /all", 1],
    ["everything but /all", 100],
    ["/symbols", 100],
    ["/records", 1],
  ]) {
    test(
      `a peer whose ${what} is answered with ${refusal} is read as a list for ${minutes} min, after ${differences} differences`,
      inWorld(async (world) => {
        const peer = await putAll(world.sharing(), many);
        const { url, requests } = await world.server(keepingBack(what, nodeHandler(peer), refuse));
        const clock = { aheadMs: 0 };
        const reader = await world.sharingWith([url], { now: () => Date.now() + clock.aheadMs });
        await putAll(reader, many.slice(differences));
        const pass = (ms) => {
          clock.aheadMs += ms;
          letPass(ms);
        };
        const round = async () => {
          requests.length = 0;
          const { outcome, by, requests: count, code } = entryOf(await share(reader), url);
          assert.equal(code, undefined);
          assert.deepEqual(sorted(await heldBy(reader)), sorted(await heldBy(peer)));
          return [outcome, by, count, requests.some(asksForSymbols)];
        };
        const [outcome, by, count, asked] = await round();
        assert.deepEqual([outcome, by, asked], ["synced", "body", true]);
        assert.ok(count <= 4, `${count} requests`);
        for (let edits = 1; edits <= 3; edits += 1) {
          assert.deepEqual(await round(), ["unchanged", "tag", 1, false]);
          await putAll(peer, [edited(many[edits], edits)]);
          assert.deepEqual(await round(), ["synced", "body", 1, false]);
        }
        pass((minutes - 0.5) * MINUTE_MS);
        assert.deepEqual(await round(), ["unchanged", "tag", 1, false]);
        pass(MINUTE_MS);
        assert.deepEqual(await round(), ["unchanged", "tag", 1, true]);
      }),
    );
  }
}

for (const freshMs of [0, 10 * SECOND_MS]) {
  test(
    `nodes behind caches that ignore vary and ask again after ${freshMs} ms end with the same records`,
    inWorld(async (world) => {
      const clock = { aheadMs: 0 };
      const now = () => Date.now() + clock.aheadMs;
      const urls = [];
      const nodes = [];
      for (let number = 0; number < 4; number += 1) {
        const service = await world.list(urls);
        const sharing = world.sharing({ serviceUrl: service.url, now });
        const origin = await world.server(nodeHandler(sharing));
        const { url } = await world.server(cachingBefore(origin.url, { freshMs, now }));
        urls.push(url);
        nodes.push(sharing);
      }
      const [first, second, third] = nodes; // the fourth has nothing
      await putAll(first, many);
      await putAll(second, most);
      await putAll(
        third,
        many.slice(10).map((one) => edited(one)),
      );
      const failures = [];
      const roundOfAll = async () => {
        for (const sharing of nodes) {
          const { peers } = await share(sharing);
          failures.push(...peers.filter(({ outcome }) => outcome === "failed").map(({ code }) => code));
        }
        clock.aheadMs += 4 * SECOND_MS;
        letPass(4 * SECOND_MS);
      };
      for (let edits = 2; edits < 8; edits += 1) {
        for (const [at, sharing] of nodes.entries())
          await putAll(sharing, [edited(many[10 * at + edits], edits), record(`${at} ${edits}`)]);
        await roundOfAll();
      }
      for (let rounds = 0; rounds < 10; rounds += 1) await roundOfAll();
      const digests = new Set(nodes.map((sharing) => sharing.status().digest));
      assert.equal(digests.size, 1, JSON.stringify(nodes.map((sharing) => sharing.status().records)));
      failures.length = 0;
      await roundOfAll();
      assert.deepEqual(failures, []);
    }),
  );

  test(
    `a node without records that comes behind such a cache is filled, after ${freshMs} ms`,
    inWorld(async (world) => {
      const clock = { aheadMs: 0 };
      const now = () => Date.now() + clock.aheadMs;
      const peer = await putAll(world.sharing({ now }), many);
      const origin = await world.server(nodeHandler(peer));
      const { url } = await world.server(cachingBefore(origin.url, { freshMs, now }));
      for (let number = 0; number < 3; number += 1) {
        const empty = await world.sharingWith([url], { now });
        await share(empty);
        assert.deepEqual(sorted(await heldBy(empty)), sorted(many));
      }
    }),
  );

  test(
    `such a node is filled even if nothing but /all is let through, after ${freshMs} ms`,
    inWorld(async (world) => {
      const clock = { aheadMs: 0 };
      const now = () => Date.now() + clock.aheadMs;
      const peer = await putAll(world.sharing({ now }), many);
      const origin = await world.server(nodeHandler(peer));
      const cache = cachingBefore(origin.url, { freshMs, now });
      const { url } = await world.server(keepingBack("everything but /all", cache, refusals["404"]));
      const empty = await world.sharingWith([url], { now });
      for (let rounds = 0; rounds < 3; rounds += 1) {
        await share(empty);
        clock.aheadMs += freshMs;
        letPass(freshMs);
      }
      assert.deepEqual(sorted(await heldBy(empty)), sorted(many));
    }),
  );
}

test(
  "a peer that answers symbols to everybody is read by symbols, and is BAD_BODY where a list is needed",
  inWorld(async (world) => {
    const peer = await symbolsPeerIn(world, { records: many });
    const { url, requests } = await world.server((request, response) => {
      request.headers.accept = "application/vnd.dbsharing.symbols";
      peer.answer(request, response);
    });
    const reader = await putAll(await world.sharingWith([url]), most);
    const { outcome, by, differs } = entryOf(await share(reader), url);
    assert.deepEqual([outcome, by, differs], ["synced", "symbols", 10]);
    assert.deepEqual(sorted(await heldBy(reader)), sorted(many));

    requests.length = 0;
    const empty = await world.sharingWith([url]);
    const { outcome: ending, code, bytesReceived } = entryOf(await share(empty), url);
    assert.deepEqual([ending, code, empty.status().records], ["failed", "BAD_BODY", 0]);
    assert.ok(requests.length <= 3 && bytesReceived < 1_000, `${requests.length} requests, ${bytesReceived} bytes`);
  }),
);

test(
  "in a page, symbols are asked for without a condition where that is refused, and a dead peer is asked once",
  inWorld(async (world) => {
    const asked = [];
    const fetchOfPage = (url, init) => {
      if (!url.includes("/nodes/")) asked.push(Object.keys(init.headers).sort().join());
      return init.headers["if-none-match"] ? Promise.reject(new TypeError("Failed to fetch")) : fetch(url, init);
    };
    const peer = await symbolsPeerIn(world, { records: many });
    const reader = await putAll(await world.sharingWith([peer.url], { fetch: fetchOfPage }), most);
    const empty = await world.sharingWith([await world.deadUrl()], { fetch: fetchOfPage });
    globalThis.importScripts = () => {};
    try {
      assert.equal((await share(reader)).peers[0].by, "symbols");
      assert.deepEqual(asked.slice(0, 2), ["accept,cache-control,if-none-match", "accept"]);
      asked.length = 0;
      assert.equal((await share(empty)).peers[0].code, "PEER_UNREACHABLE");
      assert.deepEqual(asked, ["accept"]);
    } finally {
      delete globalThis.importScripts;
    }
  }),
);

test("nodes of this version and one of 0.1.0 share edits of each", { skip: whyNotReleased() ?? false }, async () => {
  const modules = ["js/index.js", "js/http.js", "js/stores/memory.js"].map((path) => importFrom(RELEASED, path));
  const [{ createSharing }, { nodeHandler: handlerOf }, { memoryStore }] = await Promise.all(modules);
  await inWorld(async (world) => {
    const urls = [];
    const { url: serviceUrl } = await world.list(urls);
    const silent = Object.fromEntries(["debug", "info", "warn", "error"].map((level) => [level, () => {}]));
    const old = createSharing({ taskId, db: memoryStore(), logger: silent, serviceUrl });
    const ours = [world.sharing({ serviceUrl }), world.sharing({ serviceUrl })];
    const nodes = [...ours, old];
    for (const sharing of ours) urls.push((await world.server(nodeHandler(sharing))).url);
    urls.push((await world.server(handlerOf(old))).url);
    await putAll(ours[0], many);
    const settle = async () => {
      for (const times of [1, 2, 3]) {
        for (const sharing of nodes) {
          const { ok, peers } = await sharing.share();
          assert.equal(ok, true, `${times}`);
          for (const { url, outcome, message } of peers) assert.notEqual(outcome, "failed", `${url}: ${message}`);
        }
      }
      const [wanted, ...others] = await Promise.all(nodes.map(async (sharing) => sorted(await heldBy(sharing))));
      for (const held of others) assert.deepEqual(held, wanted);
      return wanted;
    };
    assert.deepEqual(await settle(), sorted(many));
    let all = many;
    for (let edits = 1; edits < 4; edits += 1) {
      const changes = nodes.map((_, at) => edited(many[at], edits));
      const additions = nodes.map((_, at) => record(`${at} ${edits}`));
      for (const [at, sharing] of nodes.entries()) for (const one of [changes[at], additions[at]]) await sharing.put(one);
      all = [...changes, ...all.slice(nodes.length), ...additions];
      assert.deepEqual(await settle(), sorted(all));
    }
    const byOf = async (sharing) => {
      await putAll(ours[1], [record("last")]);
      await old.put(record("last of the old"));
      const { peers } = await sharing.share();
      return urls.slice(1).map((url) => entryOf({ peers }, url).by);
    };
    assert.deepEqual(await byOf(ours[0]), ["symbols", "body"]);
    await old.stop();
  })();
});
