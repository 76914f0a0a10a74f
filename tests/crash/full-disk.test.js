// A disk that is full for a while: what was acknowledged before, during and afterwards is there when the database is
// opened again. LevelDB by itself loses what it acknowledges once there is room again (google/leveldb issue 924), because it
// writes behind a torn entry; so does NeDB.
import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { faultsOf } from "./batches.js";

const run = promisify(execFile);
const WRITER = fileURLToPath(new URL("full-disk-writer.js", import.meta.url));
const ORDERED_WRITER = fileURLToPath(new URL("ordered-writer.js", import.meta.url));
const PATIENCE_MS = 300_000; // only a hang takes this long
const SEEDS = [1, 2, 3, 4];

const ways = {
  "a limit of file sizes": {
    whyNot: () => whyNot("prlimit", ["--version"]),
    prepare: () => emptyFolder(),
  },
  "a full file system": {
    whyNot() {
      const { folder, remove } = emptyFolder();
      try {
        return whyNot("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]) ?? whyNot("umount", [folder]);
      } finally {
        remove();
      }
    },
    prepare() {
      const { folder, remove } = emptyFolder();
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", folder]);
      return {
        folder,
        remove() {
          execFileSync("umount", [folder]);
          remove();
        },
      };
    },
  },
};

const cases = ["level", "nedb"].flatMap((name) => Object.entries(ways).map(([way, details]) => ({ name, way, ...details })));

for (const { name, way, whyNot: whyNotThisWay, prepare } of cases) {
  test(`${name} holds what it acknowledged when its disk was full: ${way}`, { timeout: PATIENCE_MS }, async (t) => {
    const reason = whyNotThisWay();
    if (reason) return t.skip(reason);
    for (const seed of SEEDS) {
      const { folder, remove } = prepare();
      try {
        const { stdout } = await run(process.execPath, [WRITER, name, way, folder, String(seed)], { maxBuffer: 1e9 });
        const { acknowledged, begun, failures, entries, versions } = JSON.parse(stdout);
        assert.ok(failures.length >= 20 && acknowledged.length >= 20, `${failures.length} of ${begun} failed`);
        const all = new Set(Array.from({ length: begun }, (_, batch) => batch));
        const faults = faultsOf({ seed, acknowledged: new Set(acknowledged), begun: all, entries, versions });
        assert.deepEqual(faults, [], `seed ${seed}, ${failures.length} failures: ${[...new Set(failures)].join("; ")}`);
      } finally {
        remove();
      }
    }
  });
}

const REFUSAL = /file too large/i;

testOrdered(
  "level",
  "acknowledges nothing while its log is torn and no new one can be started",
  async ({ order, limit, pid }) => {
    assert.deepEqual(await order("write first"), ["written"]);
    limit("--fsize=30000:unlimited");
    assert.match(await order("write second"), REFUSAL);
    // There is room, but no file can be opened.
    limit("--fsize=unlimited", `--nofile=${lowestFreeFile(pid)}:`);
    assert.match(await order("write second"), /its log is torn by a write that failed.*close the database and open it again/);
    limit("--nofile=1000:");
    assert.deepEqual([await order("write second"), await order("write third")], [["written"], ["written"]]);
    assert.equal(await order("reopen"), "done");
    assert.deepEqual(await order("list"), ["first", "second", "third"]);
  },
);

const ownWrites = { level: ["put", "del", "batch", "chain", "sublevel"], nedb: ["put", "update"] };

for (const [name, own] of Object.entries(ownWrites).flatMap(([name, each]) => each.map((own) => [name, own]))) {
  testOrdered(name, `holds what it acknowledged after the task itself met a full disk: ${own}`, async ({ order, limit }) => {
    assert.deepEqual(await order("write first"), ["written"]);
    limit("--fsize=30000:unlimited");
    assert.match(await order(`${own} task`), REFUSAL);
    limit("--fsize=unlimited");
    assert.deepEqual(await order("write second"), ["written"]);
    assert.equal(await order("reopen"), "done");
    assert.deepEqual(await order("list"), ["first", "second"]);
  });
}

/** With a process that follows orders and whose limits can be changed. */
function testOrdered(name, what, check) {
  const skip = ways["a limit of file sizes"].whyNot() ?? false;
  test(`${name} ${what}`, { skip, timeout: PATIENCE_MS }, async () => {
    const { folder, remove } = emptyFolder();
    const child = spawn(process.execPath, [ORDERED_WRITER, name, join(folder, "records")], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const order = async (line) => {
      child.stdin.write(`${line}\n`);
      return JSON.parse((await answers.next()).value);
    };
    const limit = (...limits) => execFileSync("prlimit", [...limits, "--pid", String(child.pid)]);
    try {
      await check({ order, limit, pid: child.pid });
    } finally {
      const closed = once(child, "close");
      child.kill("SIGKILL");
      await closed;
      remove();
    }
  });
}

/** The number that the next file of this process would get. */
function lowestFreeFile(pid) {
  const open = new Set(readdirSync(`/proc/${pid}/fd`));
  let free = 0;
  while (open.has(String(free))) free += 1;
  return free;
}

function emptyFolder() {
  const folder = mkdtempSync(join(tmpdir(), "dbsharing-full-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function whyNot(command, args) {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return undefined;
  } catch {
    return `there is no ${command}, or it is not allowed here`;
  }
}
