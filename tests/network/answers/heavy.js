// Answers with too much: bytes, depth, or headers.

import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

import { sendJson } from "../server.js";

const MIB = 1024 * 1024;
const BOMB_BYTES = 200_000_000;

const tooLarge = { outcome: "failed", code: "BODY_TOO_LARGE", keeps: "all" };
const skipsOne = (code) => ({ outcome: "synced", requests: 1, keeps: "all", rejected: { [code]: 1 } });

export const heavyAnswers = {
  "gzip-bomb-of-spaces": {
    says: "sends its records and 200 MB of spaces in 200 kB of gzip",
    expected: tooLarge,
    answer: (response, { items }) => sendGzip(response, items, () => " ".repeat(MIB)),
  },
  "gzip-bomb-of-records": {
    says: "sends its records and the first of them again and again, 200 MB in a little gzip",
    expected: tooLarge,
    answer: (response, { items }) => sendGzip(response, items, () => `,${JSON.stringify(items[0])}`.repeat(1000)),
  },
  "endless-body": {
    says: "sends its records and then spaces forever",
    expected: tooLarge,
    answer(response, { items }) {
      response.writeHead(200);
      pipeline(Readable.from(endless(items)), response).catch(() => {});
    },
  },
  "two-mebibyte-item": {
    says: "adds an item of 2 MiB",
    expected: skipsOne("TOO_LARGE"),
    answer: (response, { items }) => sendJson(response, [...items.slice(1), unsigned({ blob: "x".repeat(2 * MIB) }), items[0]]),
  },
  "large-signed-text": {
    says: "adds an item with 65 KiB of data",
    expected: skipsOne("TOO_LARGE"),
    answer: (response, { items }) =>
      sendJson(response, [...items.slice(1), unsigned({ blob: "x".repeat(65 * 1024) }), items[0]]),
  },
  "nested-a-million-deep": {
    says: "adds an item of 1 000 000 nested lists",
    expected: skipsOne("TOO_LARGE"),
    answer: (response, { items }) => sendNested(response, items, 1_000_000),
  },
  "nested-a-thousand-deep": {
    says: "adds an item with 1 000 nested lists",
    expected: skipsOne("TOO_DEEP"),
    answer: (response, { items }) => sendNested(response, items, 1000),
  },
  "header-bomb": {
    says: "sends 1 MiB of headers before its list",
    expected: { outcome: "failed", code: "PEER_UNREACHABLE", keeps: "none" },
    answer(response, { items }) {
      response.setHeader("x-bomb", "x".repeat(MIB));
      sendJson(response, items);
    },
  },
};

function unsigned(more) {
  return { data: { uuid: "heavy", timestamp: 1, ...more }, publicKey: "1".repeat(32), signature: "1".repeat(64) };
}

function sendNested(response, items, depth) {
  const nest = "[".repeat(depth) + "]".repeat(depth);
  const item = JSON.stringify(unsigned({ nest: 0 })).replace('"nest":0', `"nest":${nest}`);
  sendJson(response, `[${[item, ...items.map((each) => JSON.stringify(each))].join(",")}]`);
}

function sendGzip(response, items, more) {
  response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
  pipeline(Readable.from(bomb(items, more())), createGzip({ level: 1 }), response).catch(() => {});
}

function* bomb(items, piece) {
  yield JSON.stringify(items).slice(0, -1);
  for (let bytes = 0; bytes < BOMB_BYTES; bytes += piece.length) yield piece;
  yield "]";
}

function* endless(items) {
  yield JSON.stringify(items).slice(0, -1);
  for (const piece = " ".repeat(64 * 1024); ; ) yield piece;
}
