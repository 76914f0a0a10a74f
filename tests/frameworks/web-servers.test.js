// Peers behind nginx and Apache, which compress, rewrite tags and keep connections as they like.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import http from "node:http";
import { once } from "node:events";
import { test } from "node:test";
import { nodeHandler } from "../../js/http.js";
import { createSharing } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";
import { asItems, BASE_MS, record, records } from "../js/fixtures/records.js";
import { assertReadBySymbols } from "../js/fixtures/symbols-ways.js";
import { names, notThere, startBefore } from "./web-servers.js";

const require = createRequire(import.meta.url);
const taskId = "task";
const held = records(500);

/** The peers behind the server: an app of the first generation on either Express, and one of ours. */
const peers = {
  "an old peer, express 4": () => oldPeer("express4"),
  "an old peer, express 5": () => oldPeer("express"),
  "one of ours": async () => {
    const sharing = createSharing({ taskId, db: memoryStore(), acceptWrites: true });
    await Promise.all(held.map(sharing.put));
    return nodeHandler(sharing);
  },
};

function oldPeer(express) {
  const app = require(express)();
  app.get(`/task/${taskId}/linktree/all`, (_, response) => response.send(asItems(held)));
  return app;
}

for (const name of names) {
  for (const [peer, appOf] of Object.entries(peers)) {
    test(`${peer}, behind ${name}: whole the first time, 304 the second`, { skip: notThere }, async () =>
      behind(name, await appOf(), pulled),
    );
  }

  test(`one of ours, behind ${name}: only what differs is read`, { skip: notThere }, async () => {
    const peer = createSharing({ taskId, db: memoryStore() });
    await peer.putMany(held);
    await behind(name, nodeHandler(peer), async (url) => {
      const reader = nodeThatAsks(url);
      await reader.putMany(held.slice(10));
      await assertReadBySymbols({ peer, reader, edit: record(held[0].data.uuid, { timestamp: BASE_MS + 60_000 }) });
      await assertTagsAreKnown(url, name);
    });
  });
}

/** Runs `body` with the url of a server before this app. */
async function behind(name, listener, body) {
  const app = http.createServer(listener).listen(0, "127.0.0.1");
  await once(app, "listening");
  let server;
  try {
    server = await startBefore(name, `http://127.0.0.1:${app.address().port}`);
    await body(server.url);
  } finally {
    await server?.stop();
    app.closeAllConnections();
    app.close();
  }
}

/** The tag of symbols and that of records, each as the server gave it with gzip or without, are answered 304. */
async function assertTagsAreKnown(url, name) {
  const path = `${url}/task/${taskId}/linktree/all`;
  for (const accept of ["application/vnd.dbsharing.symbols", "*/*"]) {
    for (const coding of ["gzip", "identity"]) {
      const headers = { accept, "accept-encoding": coding };
      const given = await fetch(path, { headers });
      const tag = given.headers.get("etag");
      assert.match(tag, accept === "*/*" ? /"1-/ : /"1s-/);
      assert.equal(tag.endsWith('-gzip"'), name === "Apache" && coding === "gzip", tag);
      await given.arrayBuffer();
      const again = await fetch(path, { headers: { ...headers, "if-none-match": tag, "cache-control": "max-age=0" } });
      assert.equal(again.status, 304, `${accept}, ${coding}: ${tag}`);
    }
  }
}

const nodeThatAsks = (url) =>
  createSharing({ taskId, db: memoryStore(), peers: [url], allowPrivateNetworks: true, serviceUrl: url });

/** Asked by many nodes at the same time, and by one that comes again. */
async function pulled(url) {
  const nodes = Array.from({ length: 10 }, () => nodeThatAsks(url));
  for (const {
    peers: [entry],
  } of await Promise.all(nodes.map(({ share }) => share()))) {
    assert.deepEqual([entry.outcome, entry.inserted, entry.code], ["synced", held.length, undefined], entry.message);
  }
  const {
    peers: [again],
  } = await nodes[0].share();
  assert.deepEqual([again.outcome, again.httpStatus, again.code], ["unchanged", 304, undefined], again.message);
  await nodes[0].put(record("mine"));
  const {
    peers: [after],
  } = await nodes[0].share();
  assert.equal(after.code, undefined, after.message);
}
