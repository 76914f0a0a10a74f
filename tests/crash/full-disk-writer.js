// A process whose disk is full at times: writes batches to a database, reopens it at the end, and prints what was
// acknowledged and what is there. node full-disk-writer.js NAME WAY FOLDER SEED
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { seeded } from "../js/fixtures/seeded.js";
import { driverNamed, openDatabase } from "../stores/databases.js";
import { entriesOfBatch } from "./batches.js";

const STEPS = 40;
const MOST_ROOM_BYTES = 12_000;

const [name, way, folder, seedText] = process.argv.slice(2);
const seed = Number(seedText);
const below = seeded(seed);
const place = join(folder, "records");
const row = driverNamed(name);
mkdirSync(place);

/** How a disk fills up except for some bytes, and how it gets room again. */
const disks = {
  // This limit affects only writes that make a file larger than the file that grows.
  "a limit of file sizes": {
    fill: (roomBytes) => limitFileSize(sizeOfWhatGrows() + roomBytes),
    free: () => limitFileSize("unlimited"),
  },
  "a full file system": {
    fill(roomBytes) {
      const filling = join(folder, "filling");
      writeFileSync(filling, "");
      for (;;) {
        try {
          writeFileSync(filling, Buffer.alloc(65_536), { flag: "a" });
        } catch {
          break;
        }
      }
      const { size } = statSync(filling);
      writeFileSync(filling, Buffer.alloc(Math.max(0, size - roomBytes)));
    },
    free: () => rmSync(join(folder, "filling"), { force: true }),
  },
};

function limitFileSize(bytes) {
  execFileSync("prlimit", [`--fsize=${bytes}:unlimited`, "--pid", String(process.pid)]);
}

// The log of a LevelDB, the one file of a NeDB.
function sizeOfWhatGrows() {
  const logs = readdirSync(place).filter((file) => file.endsWith(".log") || file.endsWith(".db"));
  return Math.max(0, ...logs.map((file) => statSync(join(place, file)).size));
}

const { fill, free } = disks[way];
const acknowledged = [];
const failures = [];
let begun = 0;
let opened = await open();

async function open() {
  const fresh = await openDatabase(row, place);
  // NeDB rewrites its file when it first reads it, and on Node 18 does not notice that the disk is full meanwhile.
  await fresh.store.getMany(["first"]);
  return fresh;
}

async function reopen() {
  await opened.close();
  opened = await open();
}

async function writeNext() {
  const batch = begun;
  begun += 1;
  try {
    await opened.store.write(entriesOfBatch(seed, batch));
    acknowledged.push(batch);
    return true;
  } catch (error) {
    failures.push(error.message);
    return false;
  }
}

await writeNext();
for (let step = 0; step < STEPS; step += 1) {
  fill(below(MOST_ROOM_BYTES));
  for (let writes = 1 + below(4); writes > 0; writes -= 1) await writeNext();
  free();
  for (let writes = 1 + below(4); writes > 0; writes -= 1) {
    // A LevelDB that could not write a table, or not onto the disk, has to be opened again.
    if (!(await writeNext())) await reopen();
  }
  if (below(5) === 0) await reopen();
}
await reopen();
const entries = await listOf(opened.store.entries());
const versions = await listOf(opened.store.versions());
await opened.close();
process.stdout.write(JSON.stringify({ acknowledged, begun, failures, entries, versions }));

async function listOf(iterable) {
  const list = [];
  for await (const item of iterable) list.push(item);
  return list;
}
