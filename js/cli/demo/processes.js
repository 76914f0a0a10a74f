// The processes of the demo: started, read line by line, and ended whatever happens.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { negativeResult } from "../command-error.js";

const START_WITHIN_MS = 60_000; // of thirty at once, on a machine that has other work
const STOP_WITHIN_MS = 4000;

/** The processes that one demo has started. None of them outlives this process. */
export class Processes {
  #children = new Set();
  #isStopping = false;
  #fail;

  /** Rejects if a process ends by itself. */
  failed = new Promise((_, reject) => (this.#fail = reject));

  constructor() {
    this.failed.catch(() => {}); // Until something waits for it, it must not count as unhandled.
    process.on("exit", () => this.#killAll("SIGKILL"));
  }

  /**
   * Starts a script that prints JSON lines, and resolves with `{ url, pid }` at its event "listening". Every other event goes
   * to `onEvent`.
   */
  start(name, script, args, onEvent = () => {}) {
    // A child with an IPC channel notices the end of its parent, even if the parent is killed.
    const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    const said = [];
    this.#children.add(child);
    createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(negativeResult(`${name} did not start within ${START_WITHIN_MS / 1000} s`)),
        START_WITHIN_MS,
      );
      createInterface({ input: child.stdout }).on("line", (line) => {
        const event = JSON.parse(line);
        if (event.event !== "listening") return onEvent(event);
        clearTimeout(late);
        resolve({ url: event.url, pid: child.pid });
      });
      child.once("close", (code, signal) => {
        clearTimeout(late);
        this.#children.delete(child);
        const error = negativeResult(
          `${name} ended with ${signal ?? `exit code ${code}`}${said.length ? `: ${said.at(-1)}` : ""}`,
        );
        reject(error);
        if (!this.#isStopping) this.#fail(error);
      });
    });
  }

  /** Asks all to stop, kills those that do not, and resolves when all have ended. */
  async stopAll() {
    this.#isStopping = true;
    const gone = [...this.#children].map((child) => new Promise((resolve) => child.once("close", resolve)));
    this.#killAll("SIGTERM");
    const impatience = setTimeout(() => this.#killAll("SIGKILL"), STOP_WITHIN_MS);
    await Promise.all(gone);
    clearTimeout(impatience);
  }

  #killAll(signal) {
    for (const child of this.#children) child.kill(signal);
  }
}
