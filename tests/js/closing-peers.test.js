// Peers that close, or use codings that fetch refuses, on each Node with its own fetch, cause no process event.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../.ci/toolchain.mjs";
import { serve } from "../network/server.js";
import { nodes, pathOf, reasonToSkip } from "../package/engines.js";
import { record } from "./fixtures/records.js";

const program = join(root, "tests/js/fixtures/first-contacts.js");
const list = JSON.stringify(Array.from({ length: 190 }, (_, at) => record(`record ${at}`, { text: "x".repeat(480) })));

/** What a process of this engine prints after it has met these peers. */
async function metBy(engine, world) {
  const { stdout } = await promisify(execFile)(pathOf(engine), [program, JSON.stringify(world)]);
  return JSON.parse(stdout);
}

/** A server that writes `answer(path)` as it is, and closes a connection after more than `most` requests. */
async function rawServer(answer, { most = Infinity } = {}) {
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    let asked = "";
    let answered = 0;
    socket
      .setEncoding("latin1")
      .on("error", () => {})
      .on("data", (chunk) => {
        const heads = (asked + chunk).split("\r\n\r\n");
        asked = heads.pop();
        for (const head of heads) {
          answered += 1;
          if (answered > most) return socket.destroy();
          socket.write(answer(head.split(" ")[1]));
        }
      });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}

const notFound = "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnone";
const codings = Array(6).fill("gzip").join(",");
const sixCodings = `HTTP/1.1 200 OK\r\ncontent-encoding: ${codings}\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`;
for (const node of nodes) {
  const options = { skip: reasonToSkip(node) };

  test(`Node ${node.version}: a peer that sends connection: close is read whole, 40 of 40 times`, options, async () => {
    const peer = await serve((_, response) => response.setHeader("connection", "close").end(list));
    const { counts, events } = await metBy(node, { serviceUrl: peer.url, peers: [peer.url], contacts: 40 });
    await peer.close();
    assert.deepEqual(events, []);
    assert.equal(counts["synced, 190 inserted"], 40, JSON.stringify(counts));
  });

  test(`Node ${node.version}: a 64 KiB page with 404 before the list does no harm`, options, async () => {
    const peer = await serve(({ url }, response) => {
      response.statusCode = url.endsWith("/all") ? 404 : 200;
      response.setHeader("connection", "close").end(response.statusCode === 404 ? " ".repeat(65_536) : list);
    });
    const { counts, events } = await metBy(node, { serviceUrl: peer.url, peers: [peer.url], contacts: 20 });
    await peer.close();
    assert.deepEqual(events, []);
    assert.equal(counts["synced, 190 inserted"], 20, JSON.stringify(counts));
  });

  test(
    `Node ${node.version}: if a peer closes a connection that is used again, it is asked on another one`,
    options,
    async () => {
      const whole = `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(list)}\r\n\r\n${list}`;
      const peer = await rawServer(() => whole, { most: 1 });
      const { counts, events } = await metBy(node, { serviceUrl: peer.url, peers: [peer.url], contacts: 20 });
      peer.close();
      assert.deepEqual(events, []);
      assert.equal(counts["synced, 190 inserted"], 20, JSON.stringify(counts));
    },
  );

  test(`Node ${node.version}: six codings and a body that stays open cause no process event anywhere`, options, async () => {
    const first = await rawServer(() => sixCodings);
    const second = await rawServer((path) => (path.endsWith("/all") ? notFound : sixCodings));
    const world = { serviceUrl: first.url, peers: [first.url, second.url], contacts: 3 };
    const { counts, events } = await metBy(node, world);
    for (const server of [first, second]) server.close();
    assert.deepEqual(events, []);
    assert.equal(counts["service: SERVICE_UNREACHABLE"], 3, JSON.stringify(counts));
    assert.equal(
      (counts["PEER_UNREACHABLE, 0 inserted"] ?? 0) + (counts["BODY_CUT, 0 inserted"] ?? 0),
      6,
      JSON.stringify(counts),
    );
  });
}
