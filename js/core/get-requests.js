// What a GET is made of: what wasm passes, and what this runtime's fetch takes.
import { messageOf } from "./errors.js";

const REFUSES_CACHE = /\bcache\b.*\b(field|mode|implemented|supported)\b|\b(field|mode|unsupported)\b.*\bcache\b/i;

/** Whether this runtime has the classes from which wasm makes a Request; otherwise wasm passes the parts of one. */
export function canMakeRequests() {
  try {
    const { Headers, Request } = globalThis;
    return [...new Request("http://localhost/", { headers: new Headers() }).headers].length === 0;
  } catch {
    return false;
  }
}

/** The `{ url, headers }` of a Request, or of its parts in a list: the url, then header names and values in turn. */
export function partsOf(request) {
  if (!Array.isArray(request)) return { url: request.url, headers: Object.fromEntries(request.headers) };
  const [url, ...rest] = request;
  const headers = {};
  for (let at = 0; at < rest.length; at += 2) headers[rest[at]] = rest[at + 1];
  return { url, headers };
}

/** The `init` with which one Sharing calls fetch, and a simpler one for a fetch that refuses it. */
export class FetchInits {
  #takesCache = true;

  first(headers, allowPrivateNetworks) {
    const init = { method: "GET", headers, redirect: "manual", cache: "no-store", allowPrivateNetworks };
    return this.#takesCache ? init : without(init, "cache");
  }

  /** What to try after `init` was refused with this error; undefined if there is nothing else to try. */
  simpler(init, error) {
    if (init.cache !== undefined && REFUSES_CACHE.test(messageOf(error))) {
      this.#takesCache = false;
      return without(init, "cache");
    }
    // A condition makes a browser send a preflight, which an old peer refuses. What is accepted does not.
    const { accept } = init.headers;
    const hasMore = Object.keys(init.headers).some((name) => name !== "accept");
    return isInBrowser() && hasMore ? { ...init, headers: accept === undefined ? {} : { accept } } : undefined;
  }
}

function without(init, name) {
  const { [name]: _, ...rest } = init;
  return rest;
}

/** Whether this runs in a page or a worker of one. */
function isInBrowser() {
  return typeof globalThis.document === "object" || typeof globalThis.importScripts === "function";
}
