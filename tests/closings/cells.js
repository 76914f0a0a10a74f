// The ways in which an honest peer may end its answers: one cell of the matrix for each.
import { gzipSync } from "node:zlib";
import { signRecord } from "../../js/index.js";

export const taskId = "task";
export const RECORDS = 190;
const RECORD_BYTES = 700;

/** The 404 page that an app with a page of its own answers before the list. */
const NOT_FOUND_PAGE = Buffer.alloc(64 * 1024, "<p>nothing is here</p>\n");

const closings = ["close header", "FIN", "RST"];
const framings = ["content-length", "close-delimited", "chunked"];
const codings = ["plain", "gzip"];

/**
 * Each cell: its `name`; how the answer is framed, coded and its connection `closing`; `requestsAConnection`, after which
 * it is closed; `rounds` that a node makes; `hasPageFirst`: whether `/all` is a 404 page.
 */
export const cells = [
  ...closings.flatMap((closing) =>
    framings.flatMap((framing) =>
      codings.map((coding) => cell(`${closing}, ${framing}, ${coding}`, { closing, framing, coding })),
    ),
  ),
  ...closings.map((closing) => cell(`a 404 page of 64 KiB, then the list: ${closing}`, { closing, hasPageFirst: true })),
  ...[1, 2, 1_000].map((requests) =>
    cell(`keep-alive, cut after ${requests} requests`, { requestsAConnection: requests, rounds: requests + 2 }),
  ),
];

function cell(name, how) {
  const usual = { closing: "FIN", framing: "content-length", coding: "plain", requestsAConnection: 1, rounds: 1 };
  return { name, ...usual, ...how };
}

/** The list, as bytes: real signed records, of one public key. */
export function listBytes() {
  const secretKey = new Uint8Array(32).fill(13);
  const unsigned = (number) => ({
    uuid: `record ${number}`,
    linktree: ["x".repeat(400)],
    timestamp: 1_700_000_000_000 + number,
  });
  const one = (number) => signRecord(unsigned(number), secretKey);
  const short = RECORD_BYTES - JSON.stringify(one(0)).length;
  const padded = (number) => signRecord({ ...unsigned(number), linktree: ["x".repeat(400 + short)] }, secretKey);
  return Buffer.from(JSON.stringify(Array.from({ length: RECORDS }, (_, number) => padded(number))));
}

/** An answer's head and body, as they go over the wire. */
export function answerOf(cell, { path, headers }, list) {
  if (cell.hasPageFirst && path.endsWith("/all")) return framed(cell, "404 Not Found", NOT_FOUND_PAGE);
  if (headers.includes(TAG)) return Buffer.from(`HTTP/1.1 304 Not Modified\r\netag: ${TAG}\r\n\r\n`);
  return framed(cell, "200 OK", list);
}

const TAG = 'W/"the list"';

function framed({ closing, framing, coding }, status, content) {
  const body = coding === "gzip" ? gzipSync(content) : content;
  const head = [`HTTP/1.1 ${status}`, "content-type: application/json", `etag: ${TAG}`];
  if (coding === "gzip") head.push("content-encoding: gzip");
  if (closing === "close header") head.push("connection: close");
  if (framing === "content-length") head.push(`content-length: ${body.length}`);
  if (framing === "chunked") head.push("transfer-encoding: chunked");
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), ...(framing === "chunked" ? chunksOf(body) : [body])]);
}

const CHUNK_BYTES = 16 * 1024;

function* chunksOf(body) {
  for (let at = 0; at < body.length; at += CHUNK_BYTES) {
    const chunk = body.subarray(at, at + CHUNK_BYTES);
    yield Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n")]);
  }
  yield Buffer.from("0\r\n\r\n");
}
