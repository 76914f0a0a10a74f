// The progress of a long command, in one line on stderr that is rewritten, and only if stderr is a terminal.

import { count, grouped } from "./output.js";
import { spelledOut } from "../core/printable.js";
import { duration } from "./times.js";

const EVERY_MS = 200;
const LEAST_PART = 0.005; // of all; before that, the time left cannot be estimated
const CLEAR_LINE = "\r\u001b[K";

/**
 * `at(done, partOf)` shows at intervals how many `noun`s are done, how many each second, and how long the rest will take.
 * `partOf()` returns or resolves with the share of all of them, from 0 to 1, or undefined if that is not known. `clear()`
 * removes the line before anything else is printed.
 */
export function createProgress(noun, { isWanted = true, stderr = process.stderr, env = process.env, now = Date.now } = {}) {
  const isShown = isWanted && Boolean(stderr.isTTY) && env.TERM !== "dumb";
  const startedAtMs = now();
  let shownAtMs = startedAtMs;
  let isDirty = false;
  return {
    async at(done, partOf = () => undefined) {
      if (!isShown || now() - shownAtMs < EVERY_MS) return;
      shownAtMs = now();
      const line = lineAbout({ done, noun, part: await partOf(), tookMs: shownAtMs - startedAtMs });
      isDirty = true;
      stderr.write(`${CLEAR_LINE}${spelledOut(line)}`);
    },
    clear() {
      if (isDirty) stderr.write(CLEAR_LINE);
      isDirty = false;
    },
  };
}

function lineAbout({ done, noun, part, tookMs }) {
  const perSecond = Math.round((done * 1000) / tookMs);
  const isKnown = part >= LEAST_PART && part <= 1;
  const left = isKnown && `about ${duration((tookMs * (1 - part)) / part)} left`;
  return [count(done, noun), `${grouped(perSecond)}/s`, left].filter(Boolean).join(", ");
}
