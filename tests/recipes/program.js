// A recipe as a process of its own, in a folder with only the packages that it imports, and the peer that it asks.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { toolEnvironment } from "../../.ci/toolchain.mjs";
import { createSharing } from "../../js/index.js";
import { nodeHandler } from "../../js/http.js";
import { memoryStore } from "../../js/stores/memory.js";
import { records } from "../js/fixtures/records.js";
import { root } from "../package/install.js";

const taskId = "recipe";

const LOOK_EVERY_MS = 50;
const HURRY = fileURLToPath(new URL("hurry.cjs", import.meta.url));

/** A folder in which the program `code` is `task.js`; `packages` maps names to folders of this project's node_modules. */
export function folderWith(t, code, packages = {}) {
  const folder = mkdtempSync(join(tmpdir(), "dbsharing-recipe-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  mkdirSync(join(folder, "node_modules"));
  const linked = { dbsharing: root, ...packages };
  for (const [name, path] of Object.entries(linked)) link(join(folder, "node_modules", name), path);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "task.js"), code);
  return folder;
}

function link(path, target) {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target === root ? root : join(root, "node_modules", target), path, "dir");
}

/**
 * Starts `task.js` of a folder: `output()` is what it prints, `errors()` the warnings and errors of that, and `rounds()` how each of
 * its rounds ended, according to the line that is printed for it.
 */
export function startProgram(t, folder, env, { runtime = process.execPath } = {}) {
  const options = { cwd: folder, env: toolEnvironment({ NODE_NO_WARNINGS: "1", ...env }), stdio: ["ignore", "pipe", "pipe"] };
  const child = spawn(runtime, ["--require", HURRY, "task.js"], options);
  let [printed, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (printed += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
  const closed = once(child, "close");
  const end = async (signal = "SIGTERM") => {
    child.kill(signal);
    await closed;
  };
  t.after(() => end("SIGKILL"));
  const output = () => printed + errors;
  return {
    end,
    output,
    errors: () => errors,
    rounds: () => roundsIn(printed),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
  };
}

/** `{ inserted, code }` of each round that has a line. */
function roundsIn(printed) {
  const lines = printed.matchAll(/^dbsharing: round of .* known, (\d+) new, .*\)(?:; ([A-Z_]+))?$/gm);
  return [...lines].map(([, inserted, code]) => ({ inserted: Number(inserted), code }));
}

/** The records that a program has stored in all its rounds. */
export function inserted(program) {
  return program.rounds().reduce((sum, round) => sum + round.inserted, 0);
}

/** Resolves when the condition holds, and fails if the program ends before that. */
export async function until(program, condition) {
  while (!(await condition())) {
    assert.ok(!program.hasEnded(), `it ended: ${program.output()}`);
    await setTimeout(LOOK_EVERY_MS);
  }
}

/** A peer and the service that lists it: `env` for the program, and `offer()`, which adds a record to those it serves. */
export async function startPeer(t) {
  const peer = createSharing({ taskId, db: memoryStore(), logger: null });
  const url = await listen(t, nodeHandler(peer));
  const serviceUrl = await listen(t, (_, response) => response.end(JSON.stringify([{ data: { url } }])));
  const all = records(10);
  let offered = 0;
  const offer = async () => {
    await peer.put(all[offered]);
    offered += 1;
    return offered;
  };
  return { env: { TASK_ID: taskId, SERVICE_URL: serviceUrl }, offer };
}

async function listen(t, handler) {
  const server = createServer(handler).listen(0, "127.0.0.1");
  t.after(() => {
    server.close();
    server.closeAllConnections?.();
  });
  await once(server, "listening");
  return `http://127.0.0.1:${server.address().port}`;
}
