// Runs a program apart from this process's environment, and reads the one line of JSON that it prints.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { basename } from "node:path";
import { promisify } from "node:util";
import { folderForNow } from "./install.js";

const run = promisify(execFile);

/** Only a hang takes this long. */
const PATIENCE_MS = 600_000;

/** A warning of Node 18 about fetch, which this package does not cause. */
const fetchIsNew = /^\(node:\d+\) ExperimentalWarning: The Fetch API .*\n\(Use `\w+ --trace-warnings .*\n/;

/** Runs a program without our environment, such as paths to packages or proxies; returns its output. */
export async function outputOf(command, args, { cwd, env = {} }) {
  const home = await folderForNow("dbsharing-home-");
  const bare = { HOME: home, TMPDIR: home, PATH: "", DENO_NO_UPDATE_CHECK: "1", ...env };
  try {
    return await run(command, args, { cwd, env: bare, timeout: PATIENCE_MS, killSignal: "SIGKILL" });
  } catch ({ code, signal, stdout, stderr }) {
    throw new Error(`${basename(command)} ended with ${signal ?? code}\n${short(stdout)}\n${short(stderr)}`);
  }
}

/** Without the long lines of bundles. */
const short = (text) =>
  text
    .split("\n")
    .map((line) => line.slice(0, 200))
    .join("\n")
    .slice(0, 4_000);

/** The value of the line. Anything else that the program prints is a failure. */
export async function printedBy(command, args, cwd) {
  const { stdout, stderr } = await outputOf(command, args, { cwd });
  assert.equal(stderr.replace(fetchIsNew, ""), "", "nothing on stderr");
  assert.equal(stdout.indexOf("\n"), stdout.length - 1, "one line on stdout");
  return JSON.parse(stdout);
}
