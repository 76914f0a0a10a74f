// Peers that close with gzip, a length and `connection: close` together end a process that fetches by undici, on two
// current versions of Node. With nodeFetch they do no harm on any version.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { signRecord } from "dbsharing";
import { root } from "../../.ci/toolchain.mjs";
import { nodes, pathOf, reasonToSkip } from "../package/engines.js";
import { serveRaw } from "./fixtures/raw-server.js";

const run = promisify(execFile);
const task = join(root, "tests/js/fixtures/first-contacts-process.js");
/** Each is a first contact; DBSHARING_CONTACTS=100 makes more of them. */
const CONTACTS = Number(process.env.DBSHARING_CONTACTS ?? 10);
const RECORDS = 190;

const secretKey = new Uint8Array(32).fill(9);
const records = Array.from({ length: RECORDS }, (_, number) =>
  signRecord(
    { uuid: `record ${number}`, linktree: [{ text: "x".repeat(440 + (number % 90)) }], timestamp: 1700000000000 + number },
    secretKey,
  ),
);
const whole = gzipSync(JSON.stringify(records));
const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: ${whole.length}\r\nconnection: close\r\n\r\n`;

/** Ways to end a connection just after the last byte. */
const closings = {
  "at once": (socket) => {
    socket.write(head);
    socket.end(whole);
  },
  "in two halves": (socket) => {
    socket.write(head);
    socket.write(whole.subarray(0, whole.length / 2));
    setImmediate(() => socket.end(whole.subarray(whole.length / 2)));
  },
  "with a reset": (socket) => {
    socket.write(head);
    socket.write(whole, () => socket.resetAndDestroy());
  },
};

for (const [name, close] of Object.entries(closings)) {
  for (const engine of nodes) {
    test(`a peer that closes ${name} is read whole, every time: ${engine.command}`, {
      skip: reasonToSkip(engine),
    }, async (t) => {
      const server = await serveRaw((socket, _, request) => {
        if (!request.startsWith("GET /nodes/")) return close(socket);
        const list = JSON.stringify([{ data: { url: server.url } }]);
        return socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${list.length}\r\n\r\n${list}`);
      });
      t.after(() => server.close());
      const { stdout } = await run(pathOf(engine), [task, server.url, CONTACTS]);
      const { outcomes, events } = JSON.parse(stdout);
      assert.deepEqual({ outcomes, events }, { outcomes: { [`synced with ${RECORDS}`]: CONTACTS }, events: [] });
    });
  }
}
