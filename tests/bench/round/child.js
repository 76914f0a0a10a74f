// A child process that answers questions: the side that asks, and the side that answers.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { toolEnvironment } from "../../../.ci/toolchain.mjs";

export class Child {
  #process;
  #failed;

  /** Starts a program of this folder, with this Node or with another one that the set-up installed. */
  constructor(program, args = [], runtime = process.execPath) {
    const path = fileURLToPath(new URL(program, import.meta.url));
    this.#process = fork(path, args, { execArgv: ["--no-warnings"], execPath: runtime, env: toolEnvironment() });
    this.#failed = once(this.#process, "exit").then(([code, signal]) => {
      throw new Error(`${program} ${args.join(" ")} ended with ${signal ?? code}`);
    });
    this.#failed.catch(() => {});
  }

  /** Asks one question and resolves with its answer; throws what the process threw. One question at a time. */
  async ask(question, ...args) {
    const answered = once(this.#process, "message");
    this.#process.send({ question, args });
    const [{ error, answer }] = await Promise.race([answered, this.#failed]);
    if (error !== undefined) throw new Error(error);
    return answer;
  }

  /** Ends the process, and resolves when it has ended. */
  async end() {
    if (this.#process.connected) this.#process.disconnect();
    await this.#failed.catch(() => {});
  }
}

/** Answers questions with these functions until the parent disconnects. */
export function answerQuestions(functions) {
  process.on("message", async ({ question, args }) => {
    try {
      process.send({ answer: await functions[question](...args) });
    } catch (error) {
      process.send({ error: `${question}: ${error.stack ?? error}` });
    }
  });
  process.on("disconnect", () => process.exit());
}
