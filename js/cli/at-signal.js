// Last words of a command that a signal ends, and which has no other end for it.

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Calls `sayLastWords()` when a signal ends this process, until the function that it returns is called. */
export function atSignal(sayLastWords) {
  const onSignal = (signal) => {
    sayLastWords();
    forget();
    process.kill(process.pid, signal); // now it ends as a process does that knows nothing of signals
  };
  const forget = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return forget;
}
