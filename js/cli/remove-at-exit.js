// Files and folders that must not outlive this process, even when a signal ends it.

import { rmSync } from "node:fs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const RETRIES = 3; // a thread of a driver may still make files in a folder that is being removed

/** Removes a file or a folder when this process ends or is ended, until the function that it returns is called. */
export function removeAtExit(path) {
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: RETRIES });
  const onSignal = (signal) => {
    remove();
    stay();
    process.kill(process.pid, signal); // now it ends as a process does that knows nothing of signals
  };
  const stay = () => {
    process.off("exit", remove);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  process.on("exit", remove);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return stay;
}
