// How far a long command is, in one line on stderr that is written over, and only where stderr is a terminal.

import { count, grouped } from "./output.js";
import { spelledOut } from "../core/printable.js";
import { duration } from "./times.js";

const EVERY_MS = 200;
const LEAST_PART = 0.005; // of all, before which nothing can be said of the rest
const CLEAR_LINE = "\r\u001b[K";

/**
 * `at(done, partOf)` shows now and then how many `noun`s are done, how many in a second, and how long the rest will take;
 * `partOf()` gives, or promises, what part of all they are, from 0 to 1, where that is known. `clear()` takes the line
 * away, before anything else is printed.
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
  const isTellable = part >= LEAST_PART && part <= 1;
  const left = isTellable && `about ${duration((tookMs * (1 - part)) / part)} left`;
  return [count(done, noun), `${grouped(perSecond)}/s`, left].filter(Boolean).join(", ");
}
