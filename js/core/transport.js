// What an exchange fetches with: the task's own function; or node:http, which no peer can bring down; or the global fetch.
import { coded } from "./errors.js";
import { BUILTINS, nodeFetchOver } from "./node-fetch/node-fetch.js";

/** How the fetch of Node begins, in every version. What wraps or replaces it has another text. */
const OWN_FETCH = /^(async )?function fetch\(input, init = undefined\) \{/;
/** Versions of undici whose process ends when a peer closes its connection at the wrong moment (nodejs/undici #5360). */
const FRAGILE_UNDICI = /^(6\.(2[7-9]|[3-9]\d)|7\.(2[7-9]|[3-9]\d))\./;
const DISPATCHERS = ["undici.globalDispatcher.1", "undici.globalDispatcher.2"].map(Symbol.for);
const ORDINARY_DISPATCHERS = new Set(["Agent", "EnvHttpProxyAgent", "Dispatcher1Wrapper"]);

let ours;

/**
 * A function `(url, init) → promise of a response`: `fetch` where it is given, else what is right at the time of each call.
 * `warn` is called once where the process is at risk.
 */
export function fetchFor({ fetch, warn }) {
  if (fetch !== undefined) return fetch;
  let hasWarned = false;
  return async (url, init) => {
    const found = globalThis.fetch;
    if (typeof found !== "function") throw coded("PEER_UNREACHABLE", "this runtime has no fetch: give one as option fetch");
    if (isNode() && isOwn(found)) return nodeFetch()(url, init);
    if (!hasWarned && isFragile(found)) {
      hasWarned = true;
      warn(
        `globalThis.fetch was replaced and is used; if it leads to the fetch of Node ${globalThis.process.versions.node}, a peer that ` +
          "closes its connection can end this process: option fetch takes nodeFetch() of dbsharing/http",
      );
    }
    return found(url, init);
  };
}

function nodeFetch() {
  const { process } = globalThis;
  ours ??= nodeFetchOver(Object.fromEntries(BUILTINS.map((name) => [name, process.getBuiltinModule(`node:${name}`)])))();
  return ours;
}

/** Whether this is Node itself, not one of those that have its names, and new enough. */
function isNode() {
  const { process, Deno, Bun } = globalThis;
  const isOther = Deno !== undefined || Bun !== undefined || process?.versions?.bun !== undefined;
  return !isOther && typeof process?.versions?.node === "string" && typeof process.getBuiltinModule === "function";
}

/** Whether this is Node's own, which sends what it gets over the network. Tests mock with another, or with its dispatcher. */
function isOwn(fetch) {
  return OWN_FETCH.test(Function.prototype.toString.call(fetch)) && fetch.mock === undefined && !hasOtherDispatcher();
}

function hasOtherDispatcher() {
  const named = DISPATCHERS.map((symbol) => globalThis[symbol]).filter((dispatcher) => dispatcher !== undefined);
  return named.some((dispatcher) => !ORDINARY_DISPATCHERS.has(dispatcher.constructor?.name));
}

/** Whether a replaced fetch may be a wrapper around Node's own. A mock is told by the marks that test frameworks leave. */
function isFragile(fetch) {
  const isMock = fetch.mock !== undefined || fetch.isSinonProxy === true || hasOtherDispatcher();
  const isIntercepted = Object.getOwnPropertySymbols(fetch).some(({ description }) => description === "isPatchedModule");
  return isNode() && FRAGILE_UNDICI.test(globalThis.process.versions.undici ?? "") && !isMock && !isIntercepted;
}
