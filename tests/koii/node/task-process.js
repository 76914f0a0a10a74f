// The process of a task as a node forks it, and what it prints.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const clock = fileURLToPath(new URL("clock.cjs", import.meta.url));

/**
 * Forks a bundle as koii-node 1.3.2 does: arguments instead of an environment, which holds the PATH and the variables
 * that the task asks its user for, here none; and the node's working directory. Unlike there, the task's clock
 * advances with its rounds.
 */
export function forkTask({ file, args, cwd, execPath }) {
  const env = { PATH: process.env.PATH };
  const child = fork(file, args.map(String), { env, cwd, execPath, execArgv: ["--require", clock], silent: true });
  const printed = printedBy(child);
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    printed,
    isRunning,
    send: (message) => child.send(message),
    async end() {
      if (!isRunning()) return;
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
}

/** All lines that a process prints. `line(pattern)` settles with the first match that was not taken yet. */
function printedBy(child) {
  const lines = [];
  const waiting = new Set();
  let isOver = false;
  const look = () => [...waiting].forEach((one) => one());
  [child.stdout, child.stderr].forEach((stream) => eachLine(stream, (line) => lines.push(line) && look()));
  child.once("close", () => {
    isOver = true;
    look();
  });

  let taken = 0;
  function line(pattern) {
    return new Promise((resolve, reject) => {
      const attempt = () => {
        const at = lines.findIndex((text, index) => index >= taken && pattern.test(text));
        if (at === -1 && !isOver) return;
        waiting.delete(attempt);
        if (at === -1) return reject(new Error(`the task ended without ${pattern}:\n${lines.join("\n")}`));
        taken = at + 1;
        resolve(lines[at].match(pattern));
      };
      waiting.add(attempt);
      attempt();
    });
  }
  return { lines, line };
}

function eachLine(stream, take) {
  let rest = "";
  stream.setEncoding("utf8").on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    lines.forEach(take);
  });
}
