// The orderly end of the commands that run until they are stopped.

import { ENDING_SIGNALS } from "./at-signal.js";

/** What the help of these commands says about signals. */
export const SIGNAL_NOTES = [
  "SIGHUP, which is sent when a terminal closes, stops it even under nohup, because Node resets ignored signals; start it with",
  "setsid instead. npx does not pass SIGTERM on, so the process would keep running.",
];

/** Says why the process stops, from what `untilStopped` resolves with. */
export function stoppingWords(signal) {
  return signal === "disconnect" ? "stopping because its parent has ended" : `stopping after ${signal}`;
}

/**
 * Resolves at the first SIGINT, SIGTERM or SIGHUP with its name, or with "disconnect" when the parent that speaks to this
 * process over IPC has ended. A second signal exits at once.
 */
export function untilStopped() {
  return new Promise((resolve) => {
    let isStopping = false;
    const onSignal = (signal, number) => {
      if (isStopping) process.exit(128 + number);
      isStopping = true;
      resolve(signal);
    };
    for (const signal of ENDING_SIGNALS) process.on(signal, onSignal);
    process.once("disconnect", () => resolve("disconnect"));
  });
}
