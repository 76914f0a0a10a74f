// The orderly end of the commands that run on.

/** What the help of these commands says of signals. */
export const SIGNAL_NOTES = [
  "SIGHUP, which the end of a terminal sends, stops it under nohup too, because Node does not keep a signal ignored; start it",
  "with setsid instead. npx does not pass SIGTERM on, and it would keep running.",
];

/** What is said of what `untilStopped` resolves with. */
export function stoppingWords(signal) {
  return signal === "disconnect" ? "stopping, because its parent has gone" : `stopping after ${signal}`;
}

/**
 * Resolves at the first SIGINT, SIGTERM or SIGHUP with its name, or with "disconnect" when the parent that speaks to this
 * process over IPC has gone. A second signal exits at once.
 */
export function untilStopped() {
  return new Promise((resolve) => {
    let isStopping = false;
    const onSignal = (signal, number) => {
      if (isStopping) process.exit(128 + number);
      isStopping = true;
      resolve(signal);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, onSignal);
    process.once("disconnect", () => resolve("disconnect"));
  });
}
