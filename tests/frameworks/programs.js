// Programs that run beside a test: started, waited for, and stopped with the test.
import { spawn } from "node:child_process";
import { once } from "node:events";

/** Only a hang takes this long. */
const PATIENCE_MS = 300_000;

/** Runs a program to its end and returns its output. Throws with a sentence if it failed. */
export async function ran(command, args, { cwd, env = {} }) {
  const program = start(command, args, { cwd, env });
  const code = await program.ended;
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${code}\n${program.output()}`);
  return program.output();
}

/** Starts a program that keeps running. `said(pattern)` resolves with the first match in its output; `stop()` ends it. */
export function start(command, args, { cwd, env = {} }) {
  const child = spawn(command, args, { cwd, env: { PATH: process.env.PATH, HOME: cwd, ...env }, detached: true });
  const timer = setTimeout(() => kill(child), PATIENCE_MS);
  const ended = once(child, "close").then(
    ([code, signal]) => signal ?? code,
    (error) => error.message,
  );
  ended.then(() => clearTimeout(timer));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  return {
    ended,
    output: () => output,
    said: (pattern) => said(child, ended, () => output, pattern),
    stop() {
      kill(child);
      return ended;
    },
  };
}

async function said(child, ended, output, pattern) {
  for (;;) {
    const match = output().match(pattern);
    if (match) return match;
    const more = [child.stdout, child.stderr].map((stream) => once(stream, "data"));
    const isOver = await Promise.race([...more, ended.then(() => true)]);
    if (isOver === true) throw new Error(`it ended before it said ${pattern}\n${output()}`);
  }
}

/** Ends the program and all processes that it started. */
function kill({ pid }) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended
  }
}
