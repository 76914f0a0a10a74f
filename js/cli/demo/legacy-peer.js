// A seed-style peer, as a process of its own and without any code of ours: plain Express and `res.send`, and a pass
// over the nodes as the tutorial writes it, verified with tweetnacl and bs58. Only what the tutorial lets one bad peer
// or record do to the whole pass is caught here, or there would be nothing to see beside a hostile peer.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import bs58 from "bs58";
import express from "express";
import nacl from "tweetnacl";

const [recordsFile, serviceUrl, taskId, intervalMs] = process.argv.slice(2);
const linktrees = new Map(); // `linktree:<publicKey>` → record

for (const record of JSON.parse(readFileSync(recordsFile, "utf8")))
  linktrees.set(`linktree:${record.publicKey}`, record);

const app = express();
app.get(`/task/${taskId}/linktree/all`, (req, res) => res.send([...linktrees].map(([key, value]) => ({ key, value }))));
app.get(`/task/${taskId}/linktree/list`, (req, res) => res.send([...linktrees.values()]));

const server = createServer(app).listen(0, "127.0.0.1", () => {
  print({ event: "listening", url: `http://127.0.0.1:${server.address().port}` });
  share();
});

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
    const message = new TextEncoder().encode(JSON.stringify(data));
    return nacl.sign.detached.verify(message, bs58.decode(signature), bs58.decode(publicKey));
  } catch {
    return false;
  }
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
