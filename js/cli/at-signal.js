// What a command does last when a signal ends it.

/** The signals that end a command. */
export const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Calls `act()`, which cannot wait for anything, when a signal ends this process. Returns an unsubscribe function. */
export function atSignal(act) {
  const onSignal = (signal) => {
    act();
    forget();
    process.kill(process.pid, signal); // now that nothing listens, it ends the process
  };
  const forget = () => {
    for (const signal of ENDING_SIGNALS) process.off(signal, onSignal);
  };
  for (const signal of ENDING_SIGNALS) process.on(signal, onSignal);
  return forget;
}
