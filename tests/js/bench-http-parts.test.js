// The bench's count of the parts of HTTP, however the bytes are cut.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpParts } from "../bench/peers/http-parts.js";

const ASKED = ["/a", "/b", "/c", "/d"].map((target) => `GET ${target} HTTP/1.1\r\nhost: x\r\n\r\n`).join("");
const HEADS = [
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
  "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
  "HTTP/1.1 304 Not Modified\r\ncontent-length: 70\r\n\r\n",
  "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
];
const ANSWERED = `${HEADS[0]}12345${HEADS[1]}3\r\nabc\r\nc\r\n\r\n\r\n\r\n789abc\r\n0\r\n\r\n${HEADS[2]}${HEADS[3]}`;

test("bodies and heads are told apart, whatever pieces they come in", () => {
  for (let size = 1; size <= ANSWERED.length; size += 1) {
    const done = [];
    const parts = new HttpParts((exchange) => done.push(exchange));
    parts.sent(Buffer.from(ASKED.slice(0, 9)));
    parts.sent(Buffer.from(ASKED.slice(9)));
    for (let at = 0; at < ANSWERED.length; at += size) parts.received(Buffer.from(ANSWERED.slice(at, at + size)));
    assert.deepEqual(
      done.map(({ target, status, bodyBytes }) => `${target} ${status} ${bodyBytes}`),
      ["/a 200 5", "/b 200 15", "/c 304 0", "/d 200 0"],
      `pieces of ${size}`,
    );
    const heads = done.reduce((sum, { headBytes }) => sum + headBytes, 0);
    assert.equal(heads, ASKED.length + ANSWERED.length - 20, `pieces of ${size}`);
  }
});
