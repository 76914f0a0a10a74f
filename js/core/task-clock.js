// The task's time: option now, guarded, or the machine's own clock.
import { messageOf } from "./errors.js";
import { callGuarded } from "./events.js";
import { printed } from "./kind-name.js";
import { clockMs } from "./timing.js";

const MAX_TIME_MS = Number.MAX_SAFE_INTEGER;

/** Milliseconds since 1970; `logger` hears where option now does not say them. */
export function taskTimeMs({ now, logger }) {
  if (now === undefined) return clockMs();
  let fault;
  const given = callGuarded(now, (error) => {
    fault = `threw: ${messageOf(error)}`;
  });
  if (typeof given === "number" && given >= 0 && given <= MAX_TIME_MS) return Math.floor(given);
  fault ??= `gave ${printed(given)}; wanted milliseconds since 1970`;
  logger.warn("NOW_FAILED", `option now ${fault}; the machine's own clock is used`);
  return clockMs();
}
