// The command line as a process: run to its end, or kept running and listened to.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../js/cli/main.js", import.meta.url));
const PATIENCE_MS = 300_000; // reached only if something hangs

/** Runs `dbsharing ...args` to its end: `{ code, stdout, stderr }`. `input` is its standard input, `node` are options of Node. */
export async function dbsharing(args, { input = "", main = MAIN, node = [] } = {}) {
  const child = spawn(process.execPath, [...node, main, ...args], { timeout: PATIENCE_MS, killSignal: "SIGKILL" });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (output[name] += text));
  child.stdin.on("error", () => {}).end(input);
  const [code, signal] = await once(child, "close");
  if (signal) throw new Error(`dbsharing ${args.join(" ")} ended with ${signal}: ${output.stdout}${output.stderr}`);
  return { code, ...output };
}

/** Starts a command with --json that keeps running: `{ child, events, next, stop }`. `stdin` may be "pipe". */
export function startDbsharing(args, { stdin = "ignore" } = {}) {
  const child = spawn(process.execPath, [MAIN, ...args, "--json"], { stdio: [stdin, "pipe", "pipe"] });
  const events = [];
  const waiting = new Set();
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  createInterface({ input: child.stdout }).on("line", (line) => {
    events.push(JSON.parse(line));
    for (const look of [...waiting]) look();
  });
  let isClosed = false;
  const closed = once(child, "close").then(([code]) => {
    isClosed = true;
    for (const look of [...waiting]) look();
    return code;
  });

  return {
    child,
    events,
    /** The first event, past or future, for which `wanted` is true; rejects if there is none in this time. */
    next: (wanted, { patienceMs = PATIENCE_MS } = {}) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const event = events.find(wanted);
          if (event === undefined && !isClosed) return;
          waiting.delete(look);
          clearTimeout(timer);
          if (event) resolve(event);
          else reject(new Error(`${args[0]} ended before the event came: ${stderr}`));
        };
        const timer = setTimeout(
          () => reject(new Error(`no such event of ${args[0]} came, last: ${JSON.stringify(events.at(-1))}\n${stderr}`)),
          patienceMs,
        );
        waiting.add(look);
        look();
      }),
    /** Sends a signal and resolves with the exit code. */
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      return closed;
    },
    closed,
    stderr: () => stderr,
  };
}
