// A peer written by hand, as a process of its own, without any package: it answers as `res.send` of Express does, and asks one
// node after the other as the tutorial does, verifying with node:crypto. Unlike in the tutorial, one bad peer or record does
// not end the whole pass, because beside a hostile peer there would be nothing to see.

import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** The DER header before the 32 bytes of an ed25519 public key (RFC 8410, section 4). */
const DER_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

const [recordsFile, serviceUrl, taskId, intervalMs] = process.argv.slice(2);
const linktrees = new Map(); // `linktree:<publicKey>` → record

for (const record of JSON.parse(readFileSync(recordsFile, "utf8"))) linktrees.set(`linktree:${record.publicKey}`, record);

const lists = {
  [`/task/${taskId}/linktree/all`]: () => [...linktrees].map(([key, value]) => ({ key, value })),
  [`/task/${taskId}/linktree/list`]: () => [...linktrees.values()],
};

const server = createServer(answer).listen(0, "127.0.0.1", () => {
  print({ event: "listening", url: `http://127.0.0.1:${server.address().port}` });
  share();
});

function answer(request, response) {
  const listOf = lists[request.url.split("?")[0]];
  if (request.method !== "GET" || listOf === undefined) return response.writeHead(404).end();
  return send(request, response, JSON.stringify(listOf()));
}

function send({ headers }, response, json) {
  const etag = weakTag(json);
  if (isHeld(headers, etag)) return response.writeHead(304, { etag }).end();
  const length = Buffer.byteLength(json);
  response.writeHead(200, { "content-type": "application/json; charset=utf-8", "content-length": length, etag });
  return response.end(json);
}

function isHeld(headers, etag) {
  if (/\bno-cache\b/.test(headers["cache-control"])) return false;
  return headers["if-none-match"]?.split(",").some((tag) => tag.trim() === etag);
}

function weakTag(json) {
  const hash = createHash("sha1").update(json).digest("base64").slice(0, 27);
  return `W/"${Buffer.byteLength(json).toString(16)}-${hash}"`;
}

async function share() {
  const counts = { verified: 0, stored: 0, failedPeers: 0 };
  for (const { data } of await getJson(`${serviceUrl}/nodes/${taskId}`).catch(() => [])) {
    try {
      for (const item of await getJson(`${data.url}/task/${taskId}/linktree/all`)) take(item.value ?? item, counts);
    } catch {
      counts.failedPeers += 1;
    }
  }
  print({ event: "pulled", records: linktrees.size, ...counts });
  setTimeout(share, Number(intervalMs));
}

function take(record, counts) {
  const key = `linktree:${record.publicKey}`;
  const held = linktrees.get(key);
  if (held && held.data.timestamp >= record.data.timestamp) return;
  counts.verified += 1;
  if (!isSigned(record)) return;
  linktrees.set(key, record);
  counts.stored += 1;
}

function isSigned({ data, publicKey, signature }) {
  try {
    const der = Buffer.concat([DER_PREFIX, decodeBase58(publicKey, KEY_BYTES)]);
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    return verify(null, Buffer.from(JSON.stringify(data)), key, decodeBase58(signature, SIGNATURE_BYTES));
  } catch {
    return false;
  }
}

function decodeBase58(text, lengthBytes) {
  const number = [...text].reduce((sum, character) => sum * 58n + BigInt(digitOf(character)), 0n);
  return Buffer.from(number.toString(16).padStart(2 * lengthBytes, "0"), "hex");
}

function digitOf(character) {
  const digit = BASE58.indexOf(character);
  if (digit === -1) throw new Error("not base58");
  return digit;
}

async function getJson(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  return response.json();
}

function print(event) {
  console.log(JSON.stringify(event));
}

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "disconnect"]) process.on(signal, () => process.exit());
process.removeAllListeners("warning"); // Node 18 calls its own fetch experimental.
