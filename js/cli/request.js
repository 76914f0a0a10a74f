// One request to an address that the user gave. Whatever the answer is, it ends in time, and little of it is held.

import { coded, isCoded } from "../core/errors.js";
import { nodeFetch } from "../http.js";
import { reasonUnreachable } from "./reason-unreachable.js";

const defaultFetch = nodeFetch();

const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_LOCATION_CHARACTERS = 200;

/**
 * The answer: `{ status, ok, body }`, the body as a Buffer of at most `maxBytes`. `timeoutMs` covers head and body together.
 * `method`, `headers` and the `body` to send are those of fetch; `fetch` is one that nodeFetch returns.
 *
 * @throws {Error} with `code`, and a message for people: `PEER_UNREACHABLE`, `PEER_TIMEOUT`, `PEER_REDIRECTED`,
 * `BODY_CUT`, `BODY_TOO_LARGE`
 */
export async function request(url, { timeoutMs, maxBytes = MAX_ANSWER_BYTES, fetch = defaultFetch, ...init }) {
  const controller = new AbortController();
  const deadline = setTimeout(() => controller.abort(), timeoutMs);
  let failureCode = "PEER_UNREACHABLE";
  try {
    const { signal } = controller;
    const response = await fetch(url, { ...init, signal, allowPrivateNetworks: true });
    failureCode = "BODY_CUT";
    const body = await wholeBody(response, maxBytes);
    refuseRedirect(response);
    return { status: response.status, ok: response.ok, body };
  } catch (error) {
    if (controller.signal.aborted) throw coded("PEER_TIMEOUT", `no whole answer within ${timeoutMs / 1000} s`, error);
    throw isCoded(error) ? error : coded(failureCode, reasonUnreachable(error, url), error);
  } finally {
    clearTimeout(deadline);
  }
}

// Leaving the loop early cancels the rest.
async function wholeBody({ body }, maxBytes) {
  const parts = [];
  let length = 0;
  for await (const part of body ?? []) {
    length += part.length;
    if (length > maxBytes) throw coded("BODY_TOO_LARGE", `its answer is longer than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function refuseRedirect({ status, headers }) {
  const location = headers.get("location");
  if (status < 300 || status > 399 || location === null) return;
  const target = location.slice(0, MAX_LOCATION_CHARACTERS);
  throw coded("PEER_REDIRECTED", `it redirects to ${target}; if that is right, give that address`);
}
