// Where nodeHandler can be mounted, and which hosts, pages and proxies can ask it.
import assert from "node:assert/strict";
import { test } from "node:test";
import express5 from "express";
import express4 from "express4";
import { nodeHandler } from "../../js/http.js";
import { record } from "./fixtures/records.js";
import { inWorld } from "./fixtures/world.js";
import { exchange } from "./fixtures/raw-exchange.js";

for (const [name, express] of [
  ["Express 4", express4],
  ["Express 5", express5],
]) {
  test(
    `${name}: it answers below any path`,
    inWorld(async (world) => {
      const sharing = world.sharing({ acceptWrites: true });
      const app = express().use("/api", nodeHandler(sharing)).use("/task/task", nodeHandler(sharing));
      app.use("/deep/:any", express.Router().use("/er", nodeHandler(sharing)));
      const { url } = await world.server(app);
      const paths = ["/api/linktree", "/api/task/task/linktree", "/task/task/linktree", "/deep/x/er/linktree"];
      for (const [at, path] of paths.entries()) {
        const posted = await fetch(url + path, { method: "POST", body: JSON.stringify(record(`${at}`)) });
        assert.equal(posted.status, 200, path);
        const { status, headers } = await fetch(`${url}${path}/all`);
        assert.equal(status, 200, path);
        const conditional = { "if-none-match": headers.get("etag"), "cache-control": "max-age=0" };
        assert.equal((await fetch(`${url}${path}/list`, { headers: conditional })).status, 304, path);
      }
      assert.equal((await fetch(`${url}/api/elsewhere`)).status, 404);
      assert.equal(sharing.status().records, paths.length);
    }),
  );
}

test(
  "collections mounted one after another all answer, on a connection that is kept open",
  inWorld(async (world) => {
    const collections = ["linktree", "posts", "others"];
    const app = express5();
    for (const collection of collections) app.use(nodeHandler(world.sharing({ collection })));
    const { url } = await world.server(app);
    for (const collection of [...collections, ...collections])
      assert.equal((await fetch(`${url}/${collection}/all`)).status, 200, collection);
  }),
);

test(
  "requests below the mount path that are not ours go to the next handler with their body unread",
  inWorld(async (world) => {
    const app = express5().use("/api", nodeHandler(world.sharing({ acceptWrites: true })));
    const { url } = await world.server(app.use(express5.json(), (req, res) => res.json(req.body)));
    const answer = await fetch(`${url}/api/upload`, {
      method: "POST",
      body: '{"a":1}',
      headers: { "content-type": "application/json" },
    });
    assert.deepEqual(await answer.json(), { a: 1 });
  }),
);

test(
  "a request with a malformed Host header is answered",
  inWorld(async (world) => {
    const { url } = await world.node();
    for (const host of ["a b", "a:b:c", "a:99999", "[::", "@", "%", "é", ":80", "a/b?c#d", "x".repeat(2_000), ""]) {
      const answer = await exchange(url, `GET /linktree/all HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 200 /, host);
    }
    assert.match(await exchange(url, "GET /linktree/all HTTP/1.0\r\n\r\n"), /^HTTP\/1\.1 200 /);
  }),
);

test(
  "a page may send the headers that a tracer adds",
  inWorld(async (world) => {
    const { url } = await world.node();
    const asked = "if-none-match,traceparent,x-b3-traceid";
    const headers = {
      origin: "http://page.example",
      "access-control-request-method": "GET",
      "access-control-request-headers": asked,
    };
    const preflight = await fetch(`${url}/linktree/all`, { method: "OPTIONS", headers });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get("access-control-allow-headers"), asked);
    assert.equal(preflight.headers.get("vary"), "access-control-request-headers");
  }),
);

test(
  "a tag with the suffix that Apache adds is still current",
  inWorld(async (world) => {
    const { url, put } = await world.node();
    await put(record("a"));
    const tag = (await fetch(`${url}/linktree/all`)).headers.get("etag");
    const ask = (condition) =>
      fetch(`${url}/linktree/all`, { headers: { "if-none-match": condition, "cache-control": "max-age=0" } });
    for (const suffix of ["-gzip", "--gzip", ";gzip", "-br", "-deflate"]) {
      assert.equal((await ask(tag.replace(/"$/, `${suffix}"`))).status, 304, suffix);
    }
    assert.equal((await ask(tag.replace(/"$/, '-else"'))).status, 200);
  }),
);
