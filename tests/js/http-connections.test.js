// Connections under a response, and middleware between the two.
import { letPass } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { createGzip } from "node:zlib";
import { nodeHandler } from "../../js/http.js";
import { MAX_POSTS_OF_ADDRESS, MAX_READERS_OF_ADDRESS, READER_TIMEOUT_MS } from "../../js/core/limits.js";
import { nodes, pathOf, reasonToSkip } from "../package/engines.js";
import { root } from "../package/install.js";
import { record, records, sorted } from "./fixtures/records.js";
import { inWorld, nextTurn, share, until } from "./fixtures/world.js";
import { connected } from "./fixtures/raw-exchange.js";

/** Like the package compression: listeners of drain go to its own stream, and are never removed. */
function compressing(req, res, next) {
  const gzip = createGzip();
  const plain = { write: res.write, end: res.end, on: res.on };
  res.on = (event, listener) => (event === "drain" ? gzip.on(event, listener) : plain.on.call(res, event, listener));
  res.write = (chunk) => gzip.write(chunk);
  res.end = (chunk) => gzip.end(chunk);
  res.setHeader("content-encoding", "gzip");
  gzip.on("data", (chunk) => plain.write.call(res, chunk) || gzip.pause()).on("end", () => plain.end.call(res));
  plain.on.call(res, "drain", () => gzip.resume());
  next();
}

test(
  "compression before it causes no warning, however long the body is",
  inWorld(async (world) => {
    const all = records(2_000);
    const sharing = await world.sharingWith([(await world.plainPeer(all)).url]);
    await share(sharing);
    const handler = nodeHandler(sharing);
    const { url } = await world.server((req, res) => compressing(req, res, () => handler(req, res)));
    const response = await fetch(`${url}/linktree/list`);
    assert.deepEqual(sorted(await response.json()), sorted(all));
  }),
);

test(
  "forty requests on one connection are answered without a warning",
  inWorld(async (world) => {
    const { url, put } = await world.node();
    await put(record("a"));
    const socket = connected(url);
    let answers = "";
    socket.setEncoding("latin1").on("data", (text) => (answers += text));
    socket.write("GET /linktree/all HTTP/1.1\r\nhost: a\r\n\r\n".repeat(40));
    await until(() => answers.split("HTTP/1.1 200 ").length === 41 && answers.endsWith("0\r\n\r\n"));
    socket.destroy();
  }),
);

test(
  "too many pipelined requests end their connection",
  inWorld(async (world) => {
    const { url } = await world.node();
    const socket = connected(url).resume();
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write("GET /linktree/all HTTP/1.1\r\nhost: a\r\n\r\n".repeat(1_000));
    await closed;
    assert.equal((await fetch(`${url}/linktree/all`)).status, 200);
  }),
);

for (const engine of nodes) {
  test(`resources of pipelined requests are freed with their connection, Node ${engine.version}`, {
    skip: reasonToSkip(engine),
  }, async () => {
    const program = join(root, "tests/js/fixtures/pipelining-process.js");
    const { stdout, stderr } = await promisify(execFile)(pathOf(engine), [program]);
    assert.deepEqual(JSON.parse(stdout), { open: 0, hasOpened: true }, stderr);
  });
}

/** A response of node:http that is never read: it takes one piece. */
function deafResponse(remoteAddress) {
  const socket = { remoteAddress, once: () => {} };
  const res = {
    socket,
    heard: new Map(),
    headersSent: false,
    status: undefined,
    on(event, listener) {
      this.heard.set(event, listener);
      return this;
    },
    once(event, listener) {
      return this.on(event, listener);
    },
    setHeader: () => {},
    write: () => false,
    end(text) {
      this.status = this.statusCode;
      this.text = text;
    },
    destroy: () => {},
  };
  return { req: { method: "GET", url: "/linktree/all", headers: {}, socket }, res };
}

test(
  "a client that reads nothing for a while has its connection cut",
  inWorld(async (world) => {
    const sharing = world.sharing();
    for (let number = 0; number < 200; number += 1) await sharing.put(record(`${number}`, { text: "x".repeat(60_000) }));
    const handler = nodeHandler(sharing);
    let isOver = false;
    const { url } = await world.server((req, res) => {
      res.once("close", () => (isOver = true));
      void handler(req, res);
    });
    const deaf = connected(url).pause();
    deaf.write("GET /linktree/all HTTP/1.1\r\nhost: a\r\n\r\n");
    await until(() => {
      letPass(READER_TIMEOUT_MS);
      return isOver;
    });
    deaf.destroy();
  }),
);

test(
  "a client that does not read the end of an answer has its connection cut",
  inWorld(async () => {
    const { req, res } = deafResponse("192.0.2.1");
    let isDestroyed = false;
    res.destroy = () => (isDestroyed = true);
    await nodeHandler({ handle: async () => new Response(null, { status: 304 }) })(req, res);
    assert.deepEqual([res.status, isDestroyed], [304, false]);
    letPass(READER_TIMEOUT_MS);
    assert.equal(isDestroyed, true);
  }),
);

test(
  "a public address has a limited number of bodies at a time, a private one any number",
  inWorld(async (world) => {
    const handle = async () =>
      new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(9)) }));
    const refusedOf = async (addressAt) => {
      const handler = nodeHandler({ handle });
      const responses = [];
      for (let at = 0; at < MAX_READERS_OF_ADDRESS + 2; at += 1) {
        const { req, res } = deafResponse(addressAt(at));
        responses.push(res);
        void handler(req, res);
      }
      await until(() => responses.every(({ statusCode }) => statusCode !== undefined));
      return responses.filter(({ statusCode }) => statusCode === 429).length;
    };
    assert.equal(await refusedOf(() => "192.0.2.1"), 2);
    assert.equal(await refusedOf(() => "::ffff:192.0.2.1"), 2);
    assert.equal(await refusedOf((at) => `2001:db8::${at}`), 2, "a /64 prefix of IPv6 counts as one address");
    assert.equal(await refusedOf((at) => `2001:db8:0:${at}::1`), 0);
    assert.equal(await refusedOf((at) => `192.0.2.${at}`), 0);
    for (const own of [
      "127.0.0.1",
      "::1",
      "10.1.2.3",
      "172.20.0.1",
      "192.168.1.1",
      "fd00::1",
      "fe80::1",
      "::ffff:127.0.0.1",
      undefined,
    ]) {
      assert.equal(await refusedOf(() => own), 0, own);
    }
  }),
);

/** A server over `handle` for which requests come from the address in their header `x-from`; `begun` counts them. */
async function believing(world, sharing) {
  const handler = nodeHandler(sharing);
  const server = { begun: 0 };
  const { url } = await world.server((req, res) => {
    server.begun += 1;
    Object.defineProperty(req.socket, "remoteAddress", { value: req.headers["x-from"], configurable: true });
    void handler(req, res);
  });
  return Object.assign(server, { url });
}

/** Connections that have sent this and read nothing. */
async function crowd(server, count, head) {
  const wanted = server.begun + count;
  const sockets = Array.from({ length: count }, () => connected(server.url).pause());
  for (const socket of sockets) socket.write(`${head}\r\n\r\n`);
  await until(() => server.begun === wanted);
  return sockets;
}

const ALL = "/linktree/all";
const from = (address) => ({ headers: { "x-from": address } });
const posted = (server, uuid, address) =>
  fetch(`${server.url}/linktree`, { method: "POST", body: JSON.stringify(record(uuid)), ...from(address) });

test(
  "a public address has a limited number of posts at a time, a private one any number",
  inWorld(async (world) => {
    const server = await believing(world, world.sharing({ acceptWrites: true }));
    const stalled = "POST /linktree HTTP/1.1\r\nhost: a\r\ncontent-length: 9";
    const never = await crowd(server, MAX_POSTS_OF_ADDRESS, `${stalled}\r\nx-from: 192.0.2.1`);
    await crowd(server, MAX_POSTS_OF_ADDRESS + 1, `${stalled}\r\nx-from: 10.0.0.1`);
    const refused = await posted(server, "refused", "192.0.2.1");
    assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "1"]);
    assert.equal((await refused.json()).code, "TOO_BUSY");
    for (const address of ["192.0.2.2", "10.0.0.1"]) assert.equal((await posted(server, address, address)).status, 200);
    for (const method of ["GET", "HEAD"]) {
      assert.equal((await fetch(server.url + ALL, { method, ...from("192.0.2.1") })).status, 200, "reads are counted apart");
    }
    never[0].destroy();
    while ((await posted(server, "again", "192.0.2.1")).status === 429) await nextTurn();
  }),
);

test(
  "an address that has used all its places still gets answers that need none",
  inWorld(async (world) => {
    const sharing = world.sharing({ acceptWrites: true });
    for (let number = 0; number < 200; number += 1) await sharing.put(record(`${number}`, { text: "x".repeat(60_000) }));
    const server = await believing(world, sharing);
    const address = "192.0.2.1";
    await crowd(server, MAX_READERS_OF_ADDRESS, `GET ${ALL} HTTP/1.1\r\nhost: a\r\nx-from: ${address}`);
    const asked = async (method, headers) => {
      const answer = await fetch(server.url + ALL, { method, headers: { "x-from": address, ...headers } });
      await answer.body?.cancel();
      return answer.status;
    };
    const etag = (await fetch(server.url + ALL, { method: "HEAD", ...from(address) })).headers.get("etag");
    while ((await asked("GET")) !== 429) await nextTurn();
    assert.deepEqual(
      [await asked("HEAD"), await asked("OPTIONS"), await asked("GET", { "if-none-match": etag })],
      [200, 204, 304],
    );
    assert.equal((await posted(server, "a", address)).status, 200);
    const again = await posted(server, "a", address);
    assert.deepEqual([again.status, (await again.json()).stored], [200, false], "it is an answer of its own");
  }),
);
