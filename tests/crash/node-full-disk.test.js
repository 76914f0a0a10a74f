// A node of the command line whose disk is full: it reports that once, counts, and reports when there is room again.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { signRecord } from "../../js/index.js";
import { deadUrl } from "../network/free-port.js";

const MAIN = fileURLToPath(new URL("../../js/cli/main.js", import.meta.url));
const SEED = new Uint8Array(32).fill(7);
const MAX_POSTS = 200; // until the disk is full

/** A file system of 8 MiB, or the reason why it cannot be made. */
function smallDisk(t) {
  const folder = mkdtempSync(join(tmpdir(), "dbsharing-node-full-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    remove();
    return { whyNot: "no file system can be mounted here" };
  }
  t.after(() => {
    execFileSync("umount", [folder]);
    remove();
  });
  return { folder };
}

function fill(path) {
  const file = openSync(path, "w");
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch (error) {
    assert.equal(error.code, "ENOSPC");
  } finally {
    closeSync(file);
  }
}

test("a node reports at once that posts cannot be stored, counts them, and reports when they are stored again", async (t) => {
  const { folder, whyNot } = smallDisk(t);
  if (whyNot) return t.skip(whyNot);
  const args = ["node", "--task-id=t", `--service-url=${await deadUrl()}`, `--data=${join(folder, "data")}`, "--port=0"];
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close");
  const lines = [];
  const listening = new Promise((resolve) => {
    const note = (line) => {
      lines.push(line);
      if (/node listening on/.test(line)) resolve(line.match(/http:\S+/)[0]);
    };
    for (const name of ["stdout", "stderr"]) createInterface({ input: child[name] }).on("line", note);
  });
  let posted = 0;
  const post = async (url) => {
    const record = signRecord({ uuid: String((posted += 1)), timestamp: 1, text: "x".repeat(8000) }, SEED);
    return (await fetch(`${url}/linktree`, { method: "POST", body: JSON.stringify(record) })).status;
  };
  try {
    const url = await listening;
    assert.equal(await post(url), 200);
    fill(join(folder, "filler"));
    while ((await post(url)) === 200) assert.ok(posted < MAX_POSTS);
    for (let more = 0; more < 3; more += 1) assert.equal(await post(url), 503);
    rmSync(join(folder, "filler"));
    assert.equal(await post(url), 200);
    child.kill("SIGTERM");
    assert.deepEqual(await closed, [0, null]);
  } finally {
    child.kill("SIGKILL");
    await closed;
  }
  const about = (pattern) => lines.filter((line) => pattern.test(line));
  assert.equal(about(/a posted record could not be stored: .*\(STORE_\w+\)/).length, 1, lines.join("\n"));
  assert.equal(about(/posted records are stored again; 4 posts failed in /).length, 1, lines.join("\n"));
});
