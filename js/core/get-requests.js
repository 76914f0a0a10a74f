// What a GET is made of here: what wasm gives, and what this runtime's fetch takes.
import { messageOf } from "./errors.js";

const REFUSES_CACHE = /\bcache\b.*\b(field|mode|implemented|supported)\b|\b(field|mode|unsupported)\b.*\bcache\b/i;

/** Whether this runtime has what wasm makes a Request with; else it gives the parts of one. */
export function canMakeRequests() {
  try {
    const { Headers, Request } = globalThis;
    return [...new Request("http://localhost/", { headers: new Headers() }).headers].length === 0;
  } catch {
    return false;
  }
}

/** The `{ url, headers }` of a Request, or of a list: the url, then names and values by turns. */
export function partsOf(request) {
  if (!Array.isArray(request)) return { url: request.url, headers: Object.fromEntries(request.headers) };
  const [url, ...rest] = request;
  const headers = {};
  for (let at = 0; at < rest.length; at += 2) headers[rest[at]] = rest[at + 1];
  return { url, headers };
}

/** What the fetch of one Sharing is given, and given instead where it does not take that. */
export class FetchInits {
  #takesCache = true;

  first(headers, allowPrivateNetworks) {
    const init = { method: "GET", headers, redirect: "manual", cache: "no-store", allowPrivateNetworks };
    return this.#takesCache ? init : without(init, "cache");
  }

  /** What to try after `init` was refused with this error; undefined where nothing else is worth it. */
  simpler(init, error) {
    if (init.cache !== undefined && REFUSES_CACHE.test(messageOf(error))) {
      this.#takesCache = false;
      return without(init, "cache");
    }
    // A condition makes a browser ask first, which an old peer refuses.
    const hasCondition = Object.keys(init.headers).length > 0;
    return isPage() && hasCondition ? { ...init, headers: {} } : undefined;
  }
}

function without(init, name) {
  const { [name]: _, ...rest } = init;
  return rest;
}

function isPage() {
  return typeof globalThis.document === "object" || typeof globalThis.importScripts === "function";
}
