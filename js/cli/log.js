// The lines of a command that runs until it is stopped, each with its time: warnings and errors on stderr, the rest on stdout.
// With --json there are none, because every event is an object then.

import { localTime } from "./times.js";

const LEVELS = ["debug", "info", "warn", "error", "silent"];

/** The option of every command that runs until it is stopped. */
export const logLevelOption = {
  "log-level": {
    type: "string",
    placeholder: "LEVEL",
    choices: LEVELS,
    default: "info",
    value: "a level",
    says: `the lowest level that is printed: ${LEVELS.join(", ")}`,
  },
};

/**
 * `{ debug, info, warn, error }`, which print if `level` allows it, and `event(name, more)`, which prints only with --json,
 * at any level.
 */
export function createLog(output, { level, now = Date.now }) {
  const printed = (name, print) => (text) => {
    if (output.isJson || LEVELS.indexOf(name) < LEVELS.indexOf(level)) return;
    print(`${output.style.dim(localTime(now()))}  ${text}`);
  };
  return {
    event: (event, more) => output.event({ event, atMs: now(), ...more }),
    debug: printed("debug", output.line),
    info: printed("info", output.line),
    warn: printed("warn", output.warn),
    error: printed("error", output.warn),
  };
}
