// The test task as a node runs it: bundled into one file, copied alone into an empty folder, a process of its own.
import { spawn } from "node:child_process";
import crypto from "node:crypto";
import { once } from "node:events";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const require = createRequire(import.meta.url);

/** Bundles the task in `project` with its own settings and these. */
export async function bundle(project, { webpack = "webpack", ...settings } = {}) {
  const config = { ...require(join(project, "webpack.config.js")), context: project, ...settings };
  const stats = await withoutMd4(() => promisify(require(webpack))(config));
  if (stats.hasErrors()) throw new Error(stats.toString("errors-only"));
}

/** Old webpacks hash with MD4, which today's OpenSSL refuses; this is what their users do about it. */
async function withoutMd4(body) {
  const { createHash } = crypto;
  crypto.createHash = (name, options) => createHash(name === "md4" ? "sha256" : name, options);
  try {
    return await body();
  } finally {
    crypto.createHash = createHash;
  }
}

/** Starts the bundle as a node starts it, in a folder of its own; settles when it listens. */
export async function startTask({ mainJs, ...settings }) {
  const folder = await mkdtemp(join(tmpdir(), "dbsharing-task-"));
  await copyFile(mainJs, join(folder, "main.js"));
  const task = {
    stored: () => storedLinktrees(join(folder, "KOIILevelDB.db")),
    async restart() {
      await end(task.process);
      Object.assign(task, await run(folder, settings));
    },
    async stop() {
      await end(task.process);
      await rm(folder, { recursive: true, force: true });
    },
  };
  return Object.assign(task, await run(folder, settings));
}

async function run(folder, { taskId, serviceUrl, shareIntervalMs = 100 }) {
  const env = { ...process.env, SERVICE_URL: serviceUrl, SHARE_INTERVAL_MS: String(shareIntervalMs) };
  const child = spawn(process.execPath, ["main.js", "linktree", taskId, "0"], { cwd: folder, env });
  const output = collectOutput(child);
  const port = await output.match(/listening on port (\d+)/);
  return { process: child, url: `http://127.0.0.1:${port}`, output };
}

const isRunning = (child) => child.exitCode === null && child.signalCode === null;

async function end(child) {
  if (!isRunning(child)) return;
  child.kill();
  await once(child, "exit");
}

/** Fails with the output of the task if it has ended by itself. */
export function assertRunning(task) {
  if (!isRunning(task.process)) throw new Error(`the task ended:\n${task.output.text}`);
}

function collectOutput(child) {
  const output = { text: "", next, match };
  const waiting = [];
  let isOver = false;
  const arrived = (chunk) => {
    output.text += chunk;
    for (const goOn of waiting.splice(0)) goOn();
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", arrived);
  child.once("close", () => {
    isOver = true;
    arrived("");
  });

  /** Settles when it prints or ends. */
  function next() {
    return new Promise((resolve) => waiting.push(resolve));
  }

  async function match(pattern) {
    while (!pattern.test(output.text)) {
      if (isOver) throw new Error(`the task ended:\n${output.text}`);
      await next();
    }
    return output.text.match(pattern)[1];
  }
  return output;
}

/** The records in a NeDB file as another program would read it: a line of JSON for each document. */
async function storedLinktrees(path) {
  const text = await readFile(path, "utf8").catch(() => "");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1); // it is still being written
  const documents = whole
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return documents.filter(({ linktree }) => linktree).map(({ linktree }) => linktree);
}
