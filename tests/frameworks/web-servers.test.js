// Peers behind nginx and Apache, which compress, rewrite tags and keep connections as they like.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import http from "node:http";
import { once } from "node:events";
import { test } from "node:test";
import { nodeHandler } from "../../js/http.js";
import { createSharing } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";
import { asItems, record, records } from "../js/fixtures/records.js";
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
    test(`${peer}, behind ${name}: whole the first time, 304 the second`, { skip: notThere }, async () => {
      const app = http.createServer(await appOf()).listen(0, "127.0.0.1");
      await once(app, "listening");
      let server;
      try {
        server = await startBefore(name, `http://127.0.0.1:${app.address().port}`);
        await pulled(server.url);
      } finally {
        await server?.stop();
        app.closeAllConnections();
        app.close();
      }
    });
  }
}

/** Asked by many nodes at the same time, and by one that comes again. */
async function pulled(url) {
  const node = () => createSharing({ taskId, db: memoryStore(), peers: [url], allowPrivateNetworks: true, serviceUrl: url });
  const nodes = Array.from({ length: 10 }, node);
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
