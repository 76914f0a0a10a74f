// Servers and middleware in front of the handler, as in real apps: what they read, wrap and mount.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { createRequire } from "node:module";
import { test } from "node:test";
import { createSharing } from "../../js/index.js";
import { nodeHandler } from "../../js/http.js";
import { memoryStore } from "../../js/stores/memory.js";
import { record, records } from "../js/fixtures/records.js";
import { folderOf, notInstalled } from "./installed.js";

const require = createRequire(import.meta.url);
const load = (name) => require(folderOf(name));
const taskId = "task";
const [path, listPath] = [`/task/${taskId}/linktree/all`, "/linktree/list"];

/** Only a hang takes this long. */
const PATIENCE_MS = 60_000;

/** Enough that the server waits for a pausing reader again and again. */
const held = records(100).map(({ data }) => record(data.uuid, { text: randomBytes(20_000).toString("hex") }));

const ask = (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });

const warnings = [];
process.on("warning", (warning) => warnings.push(String(warning)));

/** Each app: makes what takes requests out of the handler. */
const apps = {
  ...Object.fromEntries(
    ["express", "express4"].flatMap((name) => [
      [
        `${name}, compression and helmet before us`,
        (handler) => expressWith(name, [load("compression")({ threshold: 0 }), load("helmet").default()], handler),
      ],
      [`${name}, a parser before us`, (handler) => expressWith(name, [require(name).json({ limit: "2mb" })], handler)],
      [
        `${name}, compression and a parser before us`,
        (handler) => expressWith(name, [load("compression")(), require(name).json()], handler),
      ],
    ]),
  ),
  "koa, koa-bodyparser before us": koaWith,
  "fastify, its parser before us": fastifyWith,
};

function expressWith(name, middleware, handler) {
  const app = require(name)();
  for (const one of middleware) app.use(one);
  app.use(handler);
  app.get("/theirs", (_, response) => response.send("theirs"));
  return app;
}

/** A handler of node:http, used as Koa documents it: Koa must not answer by itself. */
function koaWith(handler) {
  const Koa = load("koa");
  const app = new (Koa.default ?? Koa)();
  const parser = load("koa-bodyparser");
  app.use((parser.default ?? parser)());
  app.use(async (ctx, next) => {
    if (ctx.path === "/theirs") return void (ctx.body = "theirs");
    ctx.respond = false;
    ctx.req.body = ctx.request.body;
    await handler(ctx.req, ctx.res, next);
  });
  return app.callback();
}

async function fastifyWith(handler) {
  const app = load("fastify")();
  app.get("/theirs", async () => "theirs");
  app.all("/*", (request, reply) => {
    reply.hijack();
    request.raw.body = request.body;
    return handler(request.raw, reply.raw);
  });
  await app.ready();
  return (request, response) => app.routing(request, response);
}

for (const [name, appWith] of Object.entries(apps)) {
  test(`${name}: lists, tags and writes`, { skip: notInstalled }, () =>
    served(appWith, "", async (url) => {
      const { status, headers } = await ask(url + path);
      assert.equal(status, 200);
      const lists = await Promise.all(Array.from({ length: 12 }, async () => (await ask(url + path)).json()));
      assert.deepEqual(
        lists.map(({ length }) => length),
        Array(12).fill(100),
      );
      const again = await ask(url + path, { headers: { "if-none-match": headers.get("etag"), "cache-control": "max-age=0" } });
      assert.equal(again.status, 304);
      const body = JSON.stringify(record("posted"));
      const posted = await ask(`${url}/linktree`, { method: "POST", headers: { "content-type": "application/json" }, body });
      assert.equal(posted.status, 200, await posted.text());
      assert.equal((await (await ask(url + listPath)).json()).length, 101);
      assert.equal(await (await ask(`${url}/theirs`)).text(), "theirs");
    }),
  );
}

for (const name of ["express", "express4"]) {
  const mounted = (handler) => {
    const app = require(name)();
    app.use("/api", handler);
    return app;
  };
  test(`${name}, app.use("/api", …): served below it`, { skip: notInstalled }, () =>
    served(mounted, "/api", async (url) => {
      assert.equal((await (await ask(url + path)).json()).length, 100);
      assert.equal((await (await ask(url + listPath)).json()).length, 100);
      const body = JSON.stringify(record("posted"));
      assert.equal(
        (await ask(`${url}/linktree`, { method: "POST", headers: { "content-type": "application/json" }, body })).status,
        200,
      );
    }),
  );

  test(`${name}, a body that was discarded before us: 400 with a sentence`, { skip: notInstalled }, () => {
    const late = (request, _, next) => void request.resume().on("end", next);
    return served(
      (handler) => expressWith(name, [late], handler),
      "",
      async (url) => {
        const body = JSON.stringify(record("posted"));
        const response = await ask(`${url}/linktree`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        });
        assert.equal(response.status, 400);
        assert.ok((await response.json()).message.length > 20);
      },
    );
  });
}

async function served(appWith, mount, body) {
  const sharing = createSharing({ taskId, db: memoryStore(), acceptWrites: true });
  for (const one of held) await sharing.put(one);
  const server = http.createServer(await appWith(nodeHandler(sharing))).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await body(`http://127.0.0.1:${server.address().port}${mount}`);
    await new Promise(setImmediate);
    assert.deepEqual(warnings.splice(0), []);
  } finally {
    server.closeAllConnections();
    server.close();
    await sharing.stop();
  }
}
