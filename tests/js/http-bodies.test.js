// Bodies that are not unread when they reach nodeHandler: whatever handled them before, there is an answer, at once.
import assert from "node:assert/strict";
import http from "node:http";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import express5 from "express";
import express4 from "express4";
import { nodeHandler } from "../../js/http.js";
import { record } from "./fixtures/records.js";
import { inWorld } from "./fixtures/world.js";

const HOSTS = {
  "node:http": (before, handler) => (req, res) => before(req, res, () => handler(req, res)),
  "Express 4": (before, handler) => express4().use(before, handler),
  "Express 5": (before, handler) => express5().use(before, handler),
};

/** What may run before nodeHandler and take the body. */
const TAKERS = {
  "flows already, and has ended": (req, res, next) => void req.resume().once("end", next),
  "was read to its end": (req, res, next) => void req.on("data", () => {}).once("end", () => setImmediate(next)),
  "was read in part": (req, res, next) => void req.once("data", () => setImmediate(() => next(), req.pause())),
  "was read by an iterator": async (req, res, next) => {
    for await (const chunk of req) void chunk;
    next();
  },
  "is being read elsewhere": (req, res, next) => next(void req.on("readable", () => {})),
  "is read as hex": (req, res, next) => next(void req.setEncoding("hex")),
};

for (const [host, mounted] of Object.entries(HOSTS)) {
  for (const [what, taker] of Object.entries(TAKERS)) {
    test(
      `${host}: a body that ${what} is answered 400 with a sentence`,
      inWorld(async (world) => {
        const handler = nodeHandler(world.sharing({ acceptWrites: true }));
        const { url } = await world.server(mounted(taker, handler));
        const refused = await posted(url, record("a"));
        assert.deepEqual([refused.status, refused.answer.code], [400, "BODY_UNREADABLE"]);
        assert.match(refused.answer.message, /^the body cannot be read: .*nodeHandler before/);
      }),
    );
  }

  test(
    `${host}: a flowing body is answered, whether or not it has begun`,
    inWorld(async (world) => {
      const before = (req, res, next) => next(void req.resume());
      const { url } = await world.server(mounted(before, nodeHandler(world.sharing({ acceptWrites: true }))));
      const { status, answer } = await posted(url, record("a"));
      assert.ok(status === 200 || (status === 400 && answer.code === "BODY_UNREADABLE"), `${status} ${answer.code}`);
    }),
  );

  test(
    `${host}: a request without a body is served even if it was read before`,
    inWorld(async (world) => {
      const before = (req, res, next) => void req.resume().once("end", next);
      const { url } = await world.server(mounted(before, nodeHandler(world.sharing())));
      assert.equal((await fetch(`${url}/linktree/all`)).status, 200);
    }),
  );
}

test(
  "a body that was read is taken from req.body, where the parsers of Koa and Fastify can put it",
  inWorld(async (world) => {
    const handler = nodeHandler(world.sharing({ acceptWrites: true }));
    const { url } = await world.server(async (req, res) => {
      const pieces = [];
      for await (const piece of req) pieces.push(piece);
      const parsed = JSON.parse(Buffer.concat(pieces));
      await handler(Object.assign(req, { body: parsed }), res);
    });
    assert.equal((await posted(url, record("a"))).status, 200);
  }),
);

test(
  "a body that can no longer be written as JSON is answered",
  inWorld(async (world) => {
    const handler = nodeHandler(world.sharing({ acceptWrites: true }));
    for (const body of [{ number: 1n }, () => {}]) {
      const { url } = await world.server((req, res) => {
        req.resume().once("end", () => handler(Object.assign(req, { body }), res));
      });
      const refused = await posted(url, record("a"));
      assert.deepEqual([refused.status, refused.answer.code], [400, "BODY_UNREADABLE"]);
    }
  }),
);

test(
  "a request that was destroyed or has failed before is not waited for",
  inWorld(async (world) => {
    const handler = nodeHandler(world.sharing({ acceptWrites: true }));
    for (const fault of [undefined, new Error("cut")]) {
      const req = Object.assign(new PassThrough(), { method: "POST", url: "/linktree", headers: {} });
      req.on("error", () => {}).destroy(fault);
      const res = new http.ServerResponse(req);
      await handler(req, res);
      assert.equal(res.statusCode, 400);
    }
  }),
);

test(
  "a body that is read as UTF-8 text arrives",
  inWorld(async (world) => {
    const handler = nodeHandler(world.sharing({ acceptWrites: true }));
    const { url } = await world.server((req, res) => handler(req.setEncoding("utf8"), res));
    assert.equal((await posted(url, record("é🙂"))).status, 200);
  }),
);

test(
  "a body that was read goes to the next handler if the path is not ours",
  inWorld(async (world) => {
    const handler = nodeHandler(world.sharing({ acceptWrites: true }));
    const { url } = await world.server((req, res) => {
      req.resume().once("end", () => handler(req, res, () => res.end('{"code":"next"}')));
    });
    assert.deepEqual(await posted(url, {}, "/elsewhere"), { status: 200, answer: { code: "next" } });
  }),
);

async function posted(url, body, path = "/linktree") {
  const response = await fetch(url + path, { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, answer: await response.json() };
}
