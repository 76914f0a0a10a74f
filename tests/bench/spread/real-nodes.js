// A network of real nodes: processes of the command line that talk over HTTP on this machine. They are written to, and what
// they ask for is counted, as in the simulation (tests/simulation/spread.rs).
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ClassicLevel } from "classic-level";
import { createSharing, signRecord } from "../../../js/index.js";
import { levelStore } from "../../../js/stores/level.js";
import { seeded } from "../../js/fixtures/seeded.js";
import { startDbsharing } from "../../js/run-command.js";
import { figuresOfNodes } from "./real-figures.js";
import { startService } from "./service.js";

const TASK = "spread";
const SIGNERS = 250;
const LINKS = "0".repeat(300);
const PATIENCE_MS = 300_000;

/**
 * Starts nodes that hold the same records, writes to them at random times of as many intervals as there are writes, and
 * waits until all nodes hold all of it. Returns what `figuresOfNodes` makes of that.
 *
 * @param {{ processes: number, records: number, writes: number, intervalMs: number, seed: number, patienceMs?: number }} network
 * @param {string} folder where their databases are made
 * @throws {Error} with a sentence, if a node does not get there in time
 */
export async function measureRealNodes({ processes, records, writes, intervalMs, seed, patienceMs = PATIENCE_MS }, folder) {
  const below = seeded(seed);
  const signed = signedRecords(records + writes);
  const databases = await filledDatabases(processes, signed.slice(0, records), folder);
  const service = await startService();
  const nodes = [];
  const each = (what, wanted) => Promise.all(nodes.map((_, at) => eventOf(nodes, at, { what, wanted, patienceMs })));
  try {
    await scattered(databases, intervalMs, below, (data) => nodes.push(startNode(data, service.url, intervalMs)));
    const urls = (await each("is not listening", ({ event }) => event === "listening")).map(({ url }) => url);
    await each("has not found all others unchanged", (event) => isQuiet(event, processes - 1));
    const beganMs = Date.now();
    const writtenUntilMs = beganMs + writes * intervalMs;
    const write = (record) => post(urls[below(processes)], record);
    const lastWriteMs = await scattered(signed.slice(records), writes * intervalMs, below, write);
    const holdsAll = (event) => event.event === "round" && event.records === signed.length;
    const rounds = await each(`does not hold all of the ${signed.length} records`, holdsAll);
    refuseDifferent(rounds.map(({ digest }) => digest));
    await sleepUntil(writtenUntilMs);
    await stopAll(nodes); // and all that they printed has arrived
    return figuresOfNodes({ nodes, writes, beganMs, writtenUntilMs, lastWriteMs, intervalMs });
  } finally {
    await stopAll(nodes);
    await service.close();
  }
}

/** Records as large as those of the simulation. */
function signedRecords(count) {
  const timestamp = Date.now();
  return Array.from({ length: count }, (_, at) => {
    const data = { uuid: String(at).padStart(8, "0"), linktree: [{ label: "links", url: LINKS }], timestamp };
    return signRecord(data, new Uint8Array(32).fill((at % SIGNERS) + 1));
  });
}

async function filledDatabases(count, records, folder) {
  const [first, ...others] = Array.from({ length: count }, (_, at) => join(folder, String(at)));
  const db = new ClassicLevel(first);
  const store = levelStore(db);
  await createSharing({ taskId: TASK, serviceUrl: false, db: store }).putMany(records);
  await store.close();
  await db.close();
  for (const other of others) await cp(first, other, { recursive: true });
  return [first, ...others];
}

function startNode(data, serviceUrl, intervalMs) {
  const options = { "task-id": TASK, "service-url": serviceUrl, data, port: 0, interval: intervalMs / 1000 };
  return startDbsharing(["node", ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)]);
}

/** Does something with each item, at random times of this span. Returns when that was done with the last one. */
async function scattered(items, spanMs, below, work) {
  const beganMs = Date.now();
  const timesMs = items.map(() => beganMs + below(spanMs)).sort((a, b) => a - b);
  let lastMs = beganMs;
  for (const [at, item] of items.entries()) {
    await sleepUntil(timesMs[at]);
    lastMs = Date.now();
    await work(item);
  }
  return lastMs;
}

function sleepUntil(timeMs) {
  return sleep(Math.max(0, timeMs - Date.now()));
}

async function post(url, record) {
  const { status } = await fetch(`${url}/linktree`, { method: "POST", body: JSON.stringify(record) });
  if (status !== 200) throw new Error(`${url} did not take a record: HTTP ${status}`);
}

function isQuiet({ event, report }, others) {
  return event === "round" && report.peers.filter(({ outcome }) => outcome === "unchanged").length === others;
}

async function eventOf(nodes, at, { what, wanted, patienceMs }) {
  try {
    return await nodes[at].next(wanted, { patienceMs });
  } catch (cause) {
    const { child, stderr } = nodes[at];
    const fate = child.exitCode === null ? `${what} after ${patienceMs / 1000} s` : `ended: ${stderr()}`;
    throw new Error(`node ${at + 1} of ${nodes.length} ${fate}`, { cause });
  }
}

function refuseDifferent(digests) {
  const different = new Set(digests);
  if (different.size > 1) throw new Error(`the nodes hold equally many records, and ${different.size} different sets`);
}

async function stopAll(nodes) {
  await Promise.all(nodes.map((node) => node.stop()));
}
