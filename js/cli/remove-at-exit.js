// Files and folders that are removed when this process ends, even by a signal.

import { rmSync } from "node:fs";

import { atSignal } from "./at-signal.js";

const RETRIES = 3; // a thread of a driver may still make files in a folder that is being removed

/** Removes a file or a folder when this process ends, however it ends. Returns an unsubscribe function. */
export function removeAtExit(path) {
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: RETRIES });
  const forgetSignals = atSignal(remove);
  process.on("exit", remove);
  return () => {
    process.off("exit", remove);
    forgetSignals();
  };
}
