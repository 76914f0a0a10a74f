// How far a long command is, in one line on stderr that is written over, and only where stderr is a terminal.

import { printable } from "./printable.js";

const EVERY_MS = 200;
const CLEAR_LINE = "\r\u001b[K";

/** `show(text)` shows it now and then; `clear()` takes it away, before anything else is printed. */
export function createProgress({ stderr = process.stderr, env = process.env, now = Date.now } = {}) {
  const isShown = Boolean(stderr.isTTY) && env.TERM !== "dumb";
  let shownAtMs = now();
  let isDirty = false;
  return {
    show(text) {
      if (!isShown || now() - shownAtMs < EVERY_MS) return;
      shownAtMs = now();
      isDirty = true;
      stderr.write(`${CLEAR_LINE}${printable(text)}`);
    },
    clear() {
      if (isDirty) stderr.write(CLEAR_LINE);
      isDirty = false;
    },
  };
}
