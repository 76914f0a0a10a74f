// Processes that die, or whose disk is full, in the middle of a batch: what is held then, and after a restart.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import Datastore from "nedb-promises";

import { nedbStore } from "../../js/stores/nedb.js";

const ENTRIES_A_BATCH = 60;
const FOREIGN = Array.from({ length: 40 }, (_, number) => ({ _id: `other ${number}`, number }));

// Where in a batch the process dies. Its calls are the journal, one for each entry, and the end of the journal.
const DEATHS = {
  "at the journal": 1,
  "at the first entry": 2,
  "in the middle": 31,
  "at the last entry": 61,
  "at the end": 62,
};

test(
  "a process that is killed in the middle of a batch leaves whole batches",
  withFile(async (file) => {
    let held = 1;
    for (const [where, call] of Object.entries(DEATHS)) {
      const { lastAcknowledged, signal } = await writeUntilTheEnd(file, held + 1, { call: ENTRIES_A_BATCH + 2 + call });
      assert.deepEqual([signal, lastAcknowledged], ["SIGKILL", held + 1], where);
      held = await wholeBatchIn(file, where);
      assert.ok(held >= lastAcknowledged, `killed ${where}: ${lastAcknowledged} was acknowledged, ${held} is held`);
    }
  }),
);

test(
  "a disk that is full in the middle of a batch leaves whole batches",
  withFile(async (file) => {
    let held = 1;
    for (const kibibytes of [300, 311, 322, 333]) {
      const { lastAcknowledged, exitCode } = await writeUntilTheEnd(file, held + 1, { kibibytes });
      assert.equal(exitCode, 1);
      held = await wholeBatchIn(file, `at ${kibibytes} KiB`);
      assert.ok(held >= lastAcknowledged, `${kibibytes} KiB: ${lastAcknowledged} was acknowledged, ${held} is held`);
    }
  }),
);

/** The number of the one batch that is held; all other documents have to be in the file too. */
async function wholeBatchIn(file, when) {
  const db = Datastore.create(file);
  const store = nedbStore(db);
  const batches = [];
  for await (const { text } of store.entries()) batches.push(JSON.parse(text).batch);
  assert.equal(batches.length, ENTRIES_A_BATCH, when);
  assert.equal(new Set(batches).size, 1, `${when}: batches ${[...new Set(batches)]} are mixed`);
  const others = await db.find({ number: { $exists: true } });
  assert.deepEqual(
    others.sort((one, other) => one.number - other.number),
    FOREIGN,
  );
  await store.close();
  return batches[0];
}

/** Runs a process that writes batches until its database call of that number, or until its file is that long. */
async function writeUntilTheEnd(file, firstBatch, { call = 0, kibibytes = "unlimited" }) {
  const program = fileURLToPath(new URL("nedb-writer.js", import.meta.url));
  const args = [process.execPath, program, file, ...[ENTRIES_A_BATCH, firstBatch, call].map(String)];
  // If the signal is ignored, a write beyond the limit fails as it does on a full disk.
  const script = `trap '' XFSZ; ulimit -f ${kibibytes}; exec "$@"`;
  const child = spawn("bash", ["-c", script, "bash", ...args], { stdio: ["ignore", "pipe", "ignore"] });
  const exited = once(child, "exit");
  let lastAcknowledged;
  for await (const line of createInterface({ input: child.stdout })) lastAcknowledged = Number(line);
  const [exitCode, signal] = await exited;
  return { lastAcknowledged, exitCode, signal };
}

function withFile(check) {
  return async () => {
    const directory = await mkdtemp(join(tmpdir(), "dbsharing-nedb-"));
    const file = join(directory, "task.db");
    try {
      await fill(file);
      await check(file);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  };
}

/** A file with other documents and the first batch. */
async function fill(file) {
  const db = Datastore.create(file);
  await db.insert(FOREIGN);
  const store = nedbStore(db);
  const version = `${"1".padStart(14, "0")}-${"0".repeat(64)}`;
  const text = JSON.stringify({ batch: 1 });
  await store.write(Array.from({ length: ENTRIES_A_BATCH }, (_, index) => ({ key: `owner/${index}`, version, text })));
  await store.close();
}
