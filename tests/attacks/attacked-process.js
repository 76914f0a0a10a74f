// A process that shares with a hostile network, as a task does, and reports what became of it: each round's report, events of
// the process, the longest time for which the event loop was blocked, and its peak memory.

import { setTimeout as pause } from "node:timers/promises";
import { createSharing } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";

const { serviceUrls, honest, transport, wanted, atOnce = 100 } = JSON.parse(process.argv[2]);
const taskId = "attacked";
/** On a busy machine the deadline of a round may come before the end of the honest peer's body: later rounds bring the rest. */
const MORE_ROUNDS = 5;
const events = [];
// A failure of this program itself does not count as an event: it ends the process.
const fail = (error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
};
for (const event of ["uncaughtException", "unhandledRejection", "warning"]) {
  process.on(event, (error) => {
    if (error?.name !== "ExperimentalWarning") events.push(`${event}: ${error?.stack ?? error}`);
  });
}

const usesGlobal = transport === "global" ? { fetch: (...args) => globalThis.fetch(...args) } : {};
const open = { iterators: 0 };

/** A store in memory that counts the iterators that are open. */
function countedStore() {
  const store = memoryStore();
  return {
    getMany: (keys) => store.getMany(keys),
    write: (entries) => store.write(entries),
    entries: (range) => counted(store.entries(range)),
  };
}

async function* counted(entries) {
  open.iterators += 1;
  try {
    yield* entries;
  } finally {
    open.iterators -= 1;
  }
}

const sharingWith = (options) => createSharing({ taskId, db: countedStore(), logger: null, ...usesGlobal, ...options });

/** The longest block of the event loop, and the peak memory, while something runs. */
async function watched(work) {
  let [longestMs, peakBytes, isOver] = [0, 0, false];
  let before = performance.now();
  const look = () => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - before);
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
    before = now;
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  const began = performance.now();
  const result = await work();
  isOver = true;
  return { result, longestMs, peakBytes, tookMs: performance.now() - began };
}

async function main() {
  // The wasm, the transport and the pools of memory exist before anything is measured.
  await sharingWith({ serviceUrl: "http://127.0.0.1:1", peers: [honest], allowPrivateNetworks: true }).share();
  const baseBytes = process.memoryUsage.rss();

  const options = { peers: [honest], allowPrivateNetworks: true, maxPeersPerRound: 64, concurrency: 64 };
  const sharings = serviceUrls.map((serviceUrl) => sharingWith({ serviceUrl, ...options }));
  const { result: reports, ...figures } = await watched(async () => {
    const reports = [];
    for (let at = 0; at < sharings.length; at += atOnce) {
      reports.push(...(await Promise.all(sharings.slice(at, at + atOnce).map((sharing) => sharing.share()))));
    }
    return reports;
  });
  const lacking = () => sharings.filter((sharing) => sharing.status().records < wanted);
  for (let round = 0; round < MORE_ROUNDS && lacking().length > 0; round += 1) {
    await Promise.all(lacking().map((sharing) => sharing.share()));
  }
  await pause(200); // events that come after the work
  const records = sharings.map((sharing) => sharing.status().records);
  const outcome = { reports, records, events, openIterators: open.iterators, baseBytes, ...figures };
  // undici keeps the connection of a body whose codings it has refused, and with it the process.
  const end = transport === "global" ? () => process.exit() : undefined;
  process.stdout.write(JSON.stringify(outcome), end);
}

main().catch(fail);
