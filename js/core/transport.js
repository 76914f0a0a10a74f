// Which fetch a Sharing pulls with.
import { coded } from "./errors.js";

/**
 * Gives `(url, init) => Promise<response>`: the option `fetch`, or the global one, which is looked up at each call, so
 * that a test framework can put its own there.
 */
export function fetchFor({ fetch }) {
  return async (url, init) => {
    const chosen = fetch ?? globalThis.fetch;
    if (typeof chosen === "function") return chosen(url, init);
    throw coded("PEER_UNREACHABLE", "this runtime has no fetch: give one as option fetch");
  };
}
