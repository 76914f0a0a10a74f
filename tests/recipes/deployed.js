// The packed package in a folder of its own, as an operator installs it, and command lines that run there unchanged.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import { toolEnvironment } from "../../.ci/toolchain.mjs";

const run = promisify(execFile);

/** Runs a shell's text to its end: `{ code, stdout, stderr }`. */
export async function shell(text, { folder, env }) {
  const options = { cwd: folder, env: toolEnvironment(env) };
  const result = await run("sh", ["-ec", text], options).catch((error) => error);
  return { code: result.code ?? 0, stdout: result.stdout, stderr: result.stderr };
}

/** Starts a command line that keeps running: `listening` resolves with its url, `end(signal)` with its exit code. */
export function startLine(t, line, { folder, env }) {
  const child = spawn("sh", ["-c", `exec ${line}`], {
    cwd: folder,
    env: toolEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close").then(([code]) => code);
  let output = "";
  const listening = new Promise((resolve, reject) => {
    const note = (said) => {
      output += `${said}\n`;
      if (said.includes("node listening on")) resolve(said.match(/http:[^\s,;]+/)[0]);
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", note);
    void closed.then((code) => reject(new Error(`it ended with ${code}: ${output}`)));
  });
  const end = (signal = "SIGTERM") => {
    child.kill(signal);
    return closed;
  };
  t.after(() => end("SIGKILL"));
  return { listening, end, output: () => output };
}

/** The command line of the package that is installed in a folder. */
export const mainIn = (folder) => join(folder, "node_modules/dbsharing/js/cli/main.js");
