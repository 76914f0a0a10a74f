// What no runtime may lack. The first of it is looked at before the generated glue is loaded, which would fail without a
// word of what can be done.
import { coded } from "./errors.js";
import { hasTimers } from "./real-timers.js";

const IN_JSDOM = 'in jest, choose "testEnvironment": "node", or set it from node:util in a setup file';

const missing = ["TextDecoder", "TextEncoder", "URL"].filter((name) => typeof globalThis[name] !== "function");
if (missing.length > 0) throw unsupported(`${missing.join(" and no ")}, which dbsharing needs: ${IN_JSDOM}`);

/** Throws RUNTIME_UNSUPPORTED where no deadline can be kept. */
export function mustHaveTimers() {
  if (!hasTimers) throw unsupported("setTimeout, without which no deadline can be kept");
}

function unsupported(what) {
  return coded("RUNTIME_UNSUPPORTED", `this runtime has no ${what}`);
}
