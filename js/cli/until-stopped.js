// The orderly end of the commands that run on.

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
