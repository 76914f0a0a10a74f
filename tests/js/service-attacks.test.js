// Attacks of clients on the servers of the command line: floods, partial and pipelined requests, answers never read.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";

import { listen } from "../../js/cli/listen.js";
import { nodeService } from "../../js/cli/node-service.js";
import { oneAtATime } from "../../js/cli/one-at-a-time.js";
import { nodeFetch } from "../../js/http.js";
import { startDbsharing } from "./run-command.js";

const MIB = 1024 * 1024;
const fetch = nodeFetch();

const service = startDbsharing(["service", "--port", "0"]);
const { url } = await service.next(({ event }) => event === "listening");

/** A connection to a server that reads nothing until it is resumed. */
async function connect(to = url) {
  const { hostname, port } = new URL(to);
  const socket = net.connect(Number(port), hostname).on("error", () => {}); // some tests expect a reset
  await once(socket, "connect");
  return socket;
}

function closed(socket) {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once("close", resolve)));
}

/** Runs `check(url)` over a server that answers in this way. */
async function against(listener, check) {
  const server = await listen({ host: "127.0.0.1", port: 0 });
  server.answerWith(listener);
  try {
    await check(server.url);
  } finally {
    await server.close();
  }
}

/** Everything that a connection receives until it is closed. */
async function whole(socket) {
  let text = "";
  socket.setEncoding("latin1").on("data", (part) => (text += part));
  await closed(socket);
  return text;
}

async function assertServes(to = url) {
  const answer = await fetch(`${to}/nodes/honest`);
  assert.deepEqual([answer.status, await answer.json()], [200, []]);
}

for (const [what, sent, status] of [
  ["bytes that are not HTTP", "\u0016\u0003\u0001hello\r\n\r\n", 400],
  ["two lengths", "POST /register-node/t HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", 400],
  ["a broken chunk", "POST /register-node/t HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", 400],
  ["no host", "GET /nodes/t HTTP/1.1\r\nconnection: close\r\n\r\n", undefined], // which Node 18 answers
  // If more is sent than is read at once, the rest may reset the connection before its answer is read.
  ["an endless head", `GET /nodes/t HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(20 * 1024)}`, 431],
  ["an endless path", `GET /${"y".repeat(20 * 1024)}`, 431],
  ["a head of 1 MiB", `GET /nodes/t HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(MIB)}`, undefined],
  ["a path of 1 MiB", `GET /${"y".repeat(MIB)}`, undefined],
  ["an unknown method", "BREW /nodes/t HTTP/1.1\r\nhost: a\r\n\r\n", 400],
  [
    "an endless body",
    `POST /register-node/t HTTP/1.1\r\nhost: a\r\ncontent-length: 9999999999\r\n\r\n${"y".repeat(7 * MIB)}`,
    undefined,
  ],
  ["an upgrade", "CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n", undefined],
]) {
  test(`a request with ${what} can end its own connection and no other`, async () => {
    const socket = await connect();
    socket.write(sent);
    const answer = await whole(socket);
    if (status !== undefined) assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
    await assertServes();
  });
}

test("a head that trickles in for ever ends its connection", async () => {
  const socket = await connect();
  socket.write("GET /nodes/t HTTP/1.1\r\nx: ");
  const timer = setInterval(() => socket.write("y"), 100);
  assert.match(await whole(socket), /^HTTP\/1\.1 408 /);
  clearInterval(timer);
  await assertServes();
});

test("partial requests, and pipelined ones whose answers are never read, do not harm the service", async () => {
  const requests = "GET /nodes/t HTTP/1.1\r\nhost: a\r\n\r\n".repeat(500);
  for (let round = 0; round < 40; round += 1) {
    const [piped, half, reset] = await Promise.all([connect(), connect(), connect()]);
    piped.write(requests, () => piped.destroy());
    half.end("POST /register-node/t HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{");
    reset.write("GET /nodes/t HTTP/1.1\r\nhost: a\r\n\r\n", () => reset.resetAndDestroy());
    half.resume();
    await Promise.all([piped, half, reset].map(closed));
  }
  await assertServes();
});

test("pipelined requests are answered one after another, in order", async () => {
  let underWay = 0;
  let most = 0;
  const listener = oneAtATime(async (request, response) => {
    most = Math.max(most, (underWay += 1));
    response.prependOnceListener("close", () => (underWay -= 1));
    await new Promise(setImmediate);
    response.end(`${request.url}\n`);
  });
  await against(listener, async (to) => {
    const socket = await connect(to);
    const paths = Array.from({ length: 200 }, (_, index) => `/${index}`);
    for (const path of paths) socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
    socket.write("GET /last HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    const answers = (await whole(socket)).match(/^\/\w+/gm);
    assert.deepEqual([most, answers], [1, [...paths, "/last"]]);
  });
});

test("requests behind an answer that is never sent are dropped with their connection", async () => {
  const begun = [];
  let arrived;
  const first = new Promise((resolve) => (arrived = resolve));
  const listener = oneAtATime((request, response) => {
    begun.push(request.url);
    arrived(response);
  });
  await against(listener, async (to) => {
    const socket = await connect(to);
    socket.write("GET /first HTTP/1.1\r\nhost: a\r\n\r\nGET /second HTTP/1.1\r\nhost: a\r\n\r\n");
    const response = await first;
    socket.destroy();
    await once(response, "close");
    await new Promise(setImmediate);
    assert.deepEqual(begun, ["/first"]);
  });
});

test("lists that are not read are not made", async () => {
  const handle = nodeService();
  let asked = 0;
  let tellAll;
  const allAsked = new Promise((resolve) => (tellAll = resolve));
  const listener = (request, response) => {
    handle(request, response);
    if (request.url === "/nodes/long" && (asked += 1) === 200) tellAll();
  };
  await against(listener, async (to) => {
    await registerMany(to);
    assert.ok((await (await fetch(`${to}/nodes/long`)).text()).length > 4_500_000);
    const before = process.memoryUsage().rss;
    const deaf = await Promise.all(Array.from({ length: 199 }, () => connect(to)));
    for (const socket of deaf) socket.pause().write("GET /nodes/long HTTP/1.1\r\nhost: a\r\n\r\n");
    await allAsked;
    await assertServes(to);
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 300 * MIB, `${grown / MIB} MiB`); // 199 whole lists would be 900 MB
    for (const socket of deaf) socket.destroy();
  });
});

async function registerMany(to) {
  const long = "x".repeat(1000);
  for (let index = 0; index < 1900; index += 1) {
    const node = { data: { url: `http://a/${index}/${long.slice(0, 480)}`, timestamp: 1 }, signature: long, owner: long };
    const answer = await fetch(`${to}/register-node/long`, { method: "POST", body: JSON.stringify(node) });
    assert.match(await answer.text(), /registered/);
  }
}

const ASKED = "GET /nodes/t HTTP/1.1\r\nhost: a\r\n\r\n";
const MORE_THAN_ALLOWED = 1100;

test("a client with one idle connection keeps it while another client exceeds the limit of connections", async (t) => {
  const { hostname, port } = new URL(url);
  const quiet = net.connect({ host: hostname, port: Number(port), localAddress: "127.0.0.2" });
  const [error] = await Promise.race([once(quiet, "connect"), once(quiet, "error").then(([cause]) => [cause])]).catch(
    (cause) => [cause],
  );
  if (error) return t.skip("a system with one loopback address");
  const crowd = await Promise.all(Array.from({ length: MORE_THAN_ALLOWED }, () => connect()));
  await closed(crowd[0].resume()); // the oldest one
  await assertServes();
  quiet.write(ASKED);
  assert.match(String((await once(quiet, "data"))[0]), /^HTTP\/1\.1 200 /);
  for (const socket of [...crowd, quiet]) socket.destroy();
});

test("a connection that awaits an answer is not closed, and if all do, the newest is", async () => {
  const responses = [];
  await against(
    (_, response) => responses.push(response),
    async (to) => {
      const waiting = await Promise.all(Array.from({ length: 1000 }, () => connect(to)));
      for (const socket of waiting) socket.write(ASKED);
      while (responses.length < waiting.length) await new Promise(setImmediate);
      const newcomer = await connect(to);
      await closed(newcomer.resume());
      responses[0].end();
      await once(responses[0], "close");
      const next = await connect(to);
      next.write(ASKED);
      while (responses.length === waiting.length) await new Promise(setImmediate);
      assert.equal(waiting.filter((socket) => socket.resume().destroyed).length, 0);
      for (const socket of [...waiting, next]) socket.destroy();
    },
  );
});

test("after all these attacks the service stops on a signal, without output", async () => {
  assert.equal(await service.stop(), 0);
  assert.equal(service.stderr(), "");
});
