// What an exchange fetches with: the task's function; or node:http, which no peer can bring down; or the global fetch.
import { coded } from "./errors.js";
import { builtin, isNode } from "./node-builtins.js";
import { BUILTINS, nodeFetchOver } from "./node-fetch/node-fetch.js";

/** How the fetch of Node begins, in every version. What wraps or replaces it has another text. */
const OWN_FETCH = /^(async )?function fetch\(input, init = undefined\) \{/;
/**
 * Versions of undici whose process ends when a peer closes its connection at the wrong moment (nodejs/undici #5360), and
 * those of Node 18, whose process a peer can keep alive or busy; the oldest does not say which it has.
 */
const FRAGILE_UNDICI = /^(5\.\d+|6\.(2[7-9]|[3-9]\d)|7\.(2[7-9]|[3-9]\d))\./;
const DISPATCHERS = ["undici.globalDispatcher.1", "undici.globalDispatcher.2"].map(Symbol.for);
const ORDINARY_DISPATCHERS = new Set(["Agent", "EnvHttpProxyAgent", "Dispatcher1Wrapper"]);

let ours;

/**
 * A function `(url, init) → promise of a response`: `fetch` if it is given, otherwise what is right at the time of each call.
 * `warn` is called once if the process is at risk.
 */
export function fetchFor({ fetch, warn }) {
  if (fetch !== undefined) return fetch;
  let hasWarned = false;
  return async (url, init) => {
    const found = globalThis.fetch;
    if (typeof found !== "function") throw coded("PEER_UNREACHABLE", "this runtime has no fetch: give one as option fetch");
    if (isNodesFetch(found) && builtin("http") !== undefined) return nodeFetch()(url, init);
    if (!hasWarned && isFragile(found)) {
      hasWarned = true;
      warn(
        `requests go by globalThis.fetch, and by that of Node ${globalThis.process.versions.node} a peer can end this process or ` +
          "keep it from ending: give nodeFetch() of dbsharing/http as option fetch",
      );
    }
    return found(url, init);
  };
}

function nodeFetch() {
  ours ??= nodeFetchOver(Object.fromEntries(BUILTINS.map((name) => [name, builtin(name)])))();
  return ours;
}

/** Whether this is Node's fetch, which uses the network. Tests mock with another fetch, or with its dispatcher. */
function isNodesFetch(fetch) {
  const isOrdinary = dispatchers().every((name) => ORDINARY_DISPATCHERS.has(name));
  return isOrdinary && fetch.mock === undefined && OWN_FETCH.test(Function.prototype.toString.call(fetch));
}

/** Whether it may lead to Node's fetch. A mock is recognised by the marks that test frameworks leave. */
function isFragile(fetch) {
  const isMock = fetch.mock !== undefined || fetch.isSinonProxy === true || dispatchers().some((name) => /mock/i.test(name));
  const isIntercepted = Object.getOwnPropertySymbols(fetch).some(({ description }) => description === "isPatchedModule");
  return isNode() && FRAGILE_UNDICI.test(globalThis.process.versions.undici ?? "5.0.0") && !isMock && !isIntercepted;
}

/** The names of the dispatcher classes of Node's fetch, if they are set. */
function dispatchers() {
  const set = DISPATCHERS.map((symbol) => globalThis[symbol]).filter((dispatcher) => dispatcher !== undefined);
  return set.map((dispatcher) => dispatcher.constructor?.name);
}
