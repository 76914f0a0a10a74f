// Files and folders that are removed when this process ends, even by a signal.

import { rmSync } from "node:fs";

import { spelledOut } from "../core/printable.js";
import { atSignal } from "./at-signal.js";

// A thread of a driver may still make files in a folder that is being removed: on a busy machine, for seconds.
const RETRIES = 10;

/** Removes a file or a folder when this process ends, however it ends. Returns an unsubscribe function. */
export function removeAtExit(path) {
  const remove = () => {
    try {
      rmSync(path, { recursive: true, force: true, maxRetries: RETRIES });
    } catch (cause) {
      // Thrown here, it would change how the process ends.
      process.stderr.write(`${spelledOut(path)} was not removed: ${spelledOut(cause.message)}\n`);
    }
  };
  const forgetSignals = atSignal(remove);
  process.on("exit", remove);
  return () => {
    process.off("exit", remove);
    forgetSignals();
  };
}
