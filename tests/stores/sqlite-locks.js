// Tests of the sqlite store beside a process that holds the file: readers do not wait, and no call waits inside SQLite.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { sqliteStore } from "../../js/stores/sqlite.js";
import { collect, entryAt } from "./entries.js";
import { followerOf, reportedBy } from "./follower.js";
import { fileTests } from "./sqlite-files.js";

const HOLDER = fileURLToPath(new URL("sqlite-holder.js", import.meta.url));
const OLD_TABLE = `create table dbsharing_records (
  key text not null primary key collate binary, version text not null, text text not null) without rowid`;
const PUT = "insert into dbsharing_records (key, version, text) values (?, ?, ?)";
// Less than the five seconds that SQLite would wait, and long enough for any machine.
const LONGEST_STALL_MS = 3000;

export function lockTests(test, driver) {
  const testFile = fileTests(test, driver);

  testFile("the first reads of a fresh store do not wait for a writer", async ({ db, path, store, open }) => {
    db.exec("pragma journal_mode = wal");
    const release = await holderOf(driver, path);
    try {
      assert.deepEqual(await readAll(store), [[undefined], [], []], "the table does not exist yet");
      assert.equal(await store.changes(), undefined);
      await assert.rejects(store.write([entryAt("a", 1)]), /could not write 1 entry: database is locked/);
    } finally {
      await release();
    }
    db.exec(OLD_TABLE);
    db.prepare(PUT).run("a", entryAt("a", 1).version, entryAt("a", 1).text);
    const again = await holderOf(driver, path);
    const fresh = sqliteStore(await open());
    try {
      const { key, version } = entryAt("a", 1);
      assert.deepEqual(await readAll(fresh), [[entryAt("a", 1)], [entryAt("a", 1)], [{ key, version }]]);
      assert.equal(await fresh.changes(), undefined, "the triggers cannot be made now");
      assert.equal(fresh.warning, undefined);
    } finally {
      await again();
    }
    const follower = await followerOf(fresh);
    await store.write([entryAt("b", 1)]);
    assert.deepEqual(reportedBy(await follower.look()), { b: 1 });
  });

  testFile("looks go on while another process holds the file", async ({ db, path, store, open }) => {
    db.exec("pragma journal_mode = wal");
    const other = sqliteStore(await open());
    const follower = await followerOf(store);
    await other.write([entryAt("a", 1)]);
    const release = await holderOf(driver, path);
    try {
      assert.deepEqual(reportedBy(await follower.look()), { a: 1 });
    } finally {
      await release();
    }
  });

  testFile("a connection that would wait by itself does not hold up the event loop", async ({ path, store, open }) => {
    await store.write([entryAt("a", 1)]);
    const db = await open({ timeoutMs: 5000 });
    const patient = sqliteStore(db);
    await patient.changes();
    const release = await holderOf(driver, path);
    const exec = db.exec.bind(db);
    const thirdTry = new Promise((resolve) => {
      let tries = 0;
      db.exec = (sql) => {
        if (sql === "begin immediate" && ++tries === 3) resolve();
        return exec(sql);
      };
    });
    const stall = longestStall();
    const writing = patient.write([entryAt("a", 2)]);
    await Promise.race([thirdTry, writing.catch(() => {})]);
    await release();
    assert.deepEqual(await writing, ["written"]);
    const stallMs = stall.end();
    assert.ok(stallMs < LONGEST_STALL_MS, `the event loop was blocked for ${stallMs} ms`);
    assert.equal(db.prepare("pragma busy_timeout").all()[0].timeout, 5000, "the task's own setting");
  });

  testFile("the connection's own timeout is restored even after a failure", async ({ store, open }) => {
    await store.write([entryAt("a", 1)]);
    const db = await open({ timeoutMs: 1234 });
    db.exec(`create trigger refuse before insert on dbsharing_records begin select raise(abort, 'refused'); end`);
    await assert.rejects(sqliteStore(db).write([entryAt("b", 1)]), /refused/);
    assert.equal(db.prepare("pragma busy_timeout").all()[0].timeout, 1234);
  });
}

function readAll(store) {
  return Promise.all([store.getMany(["a"]), collect(store.entries()), collect(store.versions())]);
}

/** Resolves when another process holds the file, with a function that ends it. */
async function holderOf(driver, path) {
  const child = spawn(process.execPath, [HOLDER, driver, path], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return async () => {
    const ended = once(child, "exit");
    child.stdin.end();
    await ended;
  };
}

/** Measures the longest time between two turns of the event loop until `end()` is called. */
function longestStall() {
  let longestMs = 0;
  let lastMs = performance.now();
  const look = () => {
    longestMs = Math.max(longestMs, performance.now() - lastMs);
    lastMs = performance.now();
  };
  const timer = setInterval(look, 10);
  return {
    end() {
      clearInterval(timer);
      look();
      return longestMs;
    },
  };
}
