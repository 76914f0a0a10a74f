// One database of bench:stores, in a process of its own: plays our store, the bare driver and, where
// version 0.1.0 wrote otherwise, its store, each over a fresh database.
import { createSharing } from "../../../js/index.js";
import { memoryStore } from "../../../js/stores/memory.js";
import { driverNamed, storeOver } from "../../stores/databases.js";
import { RELEASED, whyNotReleased } from "../packages.js";
import { measured } from "../stopwatch.js";

const BATCH = 500;
const { id, entries: count, oursFirst } = JSON.parse(process.argv[2]);
const row = driverNamed(id);
const times = [];

/** `count` entries like those of records: keys of 44 + 1 + 36 characters, texts of about 600. */
function makeEntries(round) {
  const filling = "x".repeat(520);
  return Array.from({ length: count }, (_, number) => {
    const hash = (Math.imul(number, 0x9e3779b1) >>> 0).toString(36).padStart(8, "0").repeat(6);
    const key = `${hash.slice(0, 44)}/${hash.slice(4, 40)}${number}`;
    const version = `${(1_700_000_000_000 + round).toString(16).padStart(14, "0")}-${"0123456789abcdef".repeat(4)}`;
    return { key, version, text: JSON.stringify({ data: { uuid: key, filling }, signature: filling.slice(0, 88) }) };
  });
}

function batchesOf(list) {
  return Array.from({ length: Math.ceil(list.length / BATCH) }, (_, at) => list.slice(at * BATCH, (at + 1) * BATCH));
}

/** What our stores do, with the names of a bare driver. */
function asWork(store) {
  return {
    write: (batch) => store.write(batch),
    get: (keys) => store.getMany(keys),
    scan: () => counted(store.entries()),
    versions: () => counted(store.versions()),
  };
}

async function counted(iterable) {
  let seen = 0;
  for await (const _ of iterable) seen += 1;
  return seen;
}

async function play(by, work) {
  const [first, second] = [makeEntries(0), makeEntries(1)];
  const note = async (kind, act) => {
    const { result, time } = await measured(act);
    times.push({ kind, by, ms: time.wallMs });
    return result;
  };
  const writeAll = (list) => async () => {
    for (const batch of batchesOf(list)) await work.write(batch);
  };
  await note("write", writeAll(first));
  await note("rewrite", writeAll(second));
  if (by === "released") return;
  const keys = batchesOf(second.map(({ key }) => key));
  await note("get", async () => {
    for (const batch of keys) {
      const found = await work.get(batch);
      if (found.filter(Boolean).length !== batch.length) throw new Error(`${id}, ${by}: get found ${found.length}`);
    }
  });
  for (const kind of ["scan", "versions"]) {
    const seen = await note(kind, () => work[kind]());
    if (seen !== count) throw new Error(`${id}, ${by}: ${kind} saw ${seen} of ${count}`);
  }
}

/** How long a node over this store takes until it knows every record and their digest. */
async function startOver(store) {
  const over = (db) => createSharing({ taskId: "bench", db, fetch: async () => new Response("[]") });
  await over(memoryStore()).share(); // compiles the wasm
  const sharing = over(store);
  const { result, time } = await measured(() => sharing.share());
  const { records } = sharing.status();
  if (!result.ok || records !== count) throw new Error(`${id}: a node knows ${records} of ${count}`);
  return time.wallMs;
}

async function playLane(by) {
  const { emptyPlace, remove } = await row.prepare();
  const connection = await row.connect(await emptyPlace());
  try {
    if (by === "bare") await play(by, await row.bare(connection.client));
    else await playStore(by, connection);
  } finally {
    await connection.close();
    await remove();
  }
}

async function playStore(by, connection) {
  const store = await storeOver(row, connection, by === "released" ? RELEASED : undefined);
  if (by === "ours") await store.changes?.(); // as a node does at its start: from here on changes are noted
  await play(by, asWork(store));
  if (by === "ours") times.push({ kind: "start", by, ms: await startOver(store) });
}

const lanes = ["ours", ...(row.hasReleased && !whyNotReleased() ? ["released"] : []), "bare"];
for (const by of oursFirst ? lanes : lanes.reverse()) await playLane(by);
process.send(times, () => process.disconnect());
