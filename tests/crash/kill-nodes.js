// Kills a whole node, `dbsharing node`, while it fetches what its peers hold, and checks its folder each time.
import http from "node:http";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { nodeHandler } from "../../js/http.js";
import { createSharing } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";
import { BASE_MS, record, signer } from "../js/fixtures/records.js";
import { seeded } from "../js/fixtures/seeded.js";
import { dbsharing, startDbsharing } from "../js/run-command.js";

const TASK_ID = "crash";
const NOBODY = "http://127.0.0.1:9";
export const RECORDS_A_KILL = 500; // new at each of two peers, so that a round is long enough to be hit
const EDITS_A_KILL = 50;
const MOST_WRITES = 8;
const LONGEST_DELAY_MS = 5;
const PATIENCE_MS = 300_000; // only a hang takes this long

/**
 * Kills one node over one folder `kills` times, each time after a random number of its writes, with peers that hold more
 * each time. Resolves with `{ kills, partly, records }`, where `partly` counts the kills after which some of the peers' new
 * records were there, but not all of them.
 *
 * @throws {Error} that says what is wrong, after which kill, and with which seed
 */
export async function killNodes({ kills, seed }) {
  const folder = await mkdtemp(join(tmpdir(), "dbsharing-crash-node-"));
  const below = seeded(seed);
  const peers = [];
  try {
    for (const number of [1, 2]) peers.push(await startPeer(number));
    let partly = 0;
    let before = 0;
    for (let kill = 1; kill <= kills; kill += 1) {
      await grow(peers, kill, below);
      await killOne(folder, peers, { writes: below(MOST_WRITES), delayMs: below(LONGEST_DELAY_MS) });
      const { ok, records, failed } = await check(folder);
      const when = `node, kill ${kill} of seed ${seed}`;
      if (!ok) throw new Error(`${when}: ${JSON.stringify(failed)} of ${records} records`);
      if (records < before) throw new Error(`${when}: of ${before} records ${records} are left`);
      if (records > before && records < heldBy(peers)) partly += 1;
      before = records;
    }
    return { kills, partly, records: await converge(folder, peers) };
  } finally {
    for (const peer of peers) await peer.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function startPeer(number) {
  const sharing = createSharing({ taskId: TASK_ID, db: memoryStore() });
  const server = http.createServer({ keepAliveTimeout: 0 }, nodeHandler(sharing)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    sharing,
    server,
    by: signer(number),
    records: 0,
    url: `http://127.0.0.1:${server.address().port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Each peer gets records that no other peer has, and newer versions of some that it had. */
async function grow(peers, kill, below) {
  for (const peer of peers) {
    const edits = Array.from({ length: peer.records > 0 ? EDITS_A_KILL : 0 }, () => below(peer.records));
    const fresh = Array.from({ length: RECORDS_A_KILL }, (_, at) => peer.records + at);
    for (const number of [...edits, ...fresh]) {
      const page = record(`page ${number}`, { by: peer.by, timestamp: BASE_MS + kill });
      const { ok, message } = await peer.sharing.put(page);
      if (!ok) throw new Error(message);
    }
    peer.records += RECORDS_A_KILL;
  }
}

const heldBy = (peers) => peers.reduce((sum, { records }) => sum + records, 0);

function startNode(folder, peers) {
  const options = { "task-id": TASK_ID, "service-url": NOBODY, data: folder, port: 0, interval: 0.1 };
  const named = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const addresses = peers.map(({ url }) => `--peer=${url}`);
  return startDbsharing(["node", ...named, ...addresses, "--allow-private-networks"]);
}

async function killOne(folder, peers, { writes, delayMs }) {
  const node = startNode(folder, peers);
  try {
    const ended = node.closed.then(() => Promise.reject(new Error(`the node has ended: ${node.stderr()}`)));
    await Promise.race([...peers.map(({ server }) => once(server, "request")), ended]);
    await Promise.race([untilWritten(folder, writes, () => node.events.some(isRound)), ended]);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
  } finally {
    node.child.kill("SIGKILL");
    await node.closed;
  }
}

const isRound = ({ event }) => event === "round";

/** Settles when the log of the database has grown this often, or when its node has ended a round before that. */
async function untilWritten(folder, times, isOver) {
  const giveUpAtMs = performance.now() + PATIENCE_MS;
  let size = await logSize(folder);
  for (let grown = 0; grown < times && !isOver(); ) {
    const sizeNow = await logSize(folder);
    if (performance.now() > giveUpAtMs) throw new Error(`the node has neither written nor ended a round for long`);
    if (sizeNow !== size) grown += 1;
    size = sizeNow;
  }
}

async function logSize(folder) {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".log"));
  const sizes = names.map((name) =>
    stat(join(folder, name)).then(
      (found) => found.size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function check(folder) {
  const { stdout, stderr } = await dbsharing(["check", "--db", folder, "--json"]);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Starts the node once more, lets it run until it holds everything that its peers hold, and returns how many records that is. */
async function converge(folder, peers) {
  const everything = createSharing({ taskId: TASK_ID, db: memoryStore() });
  for (const { sharing } of peers) for await (const one of sharing.records()) await everything.put(one);
  const { records, digest } = everything.status();
  const node = startNode(folder, peers);
  try {
    await node.next((each) => each.event === "round" && each.digest === digest);
  } finally {
    await node.stop();
  }
  const checked = await check(folder);
  if (!checked.ok || checked.digest !== digest) {
    throw new Error(`the node stopped with ${checked.records} records, and wrong: ${JSON.stringify(checked.failed)}`);
  }
  return records;
}
