// Why a request or a body failed, in words: what was reached for, what the runtime says, and what can be done.
import { codeOf, messageOf } from "./errors.js";

const NOT_TRUSTED = "its certificate is not trusted here: one of your own is made known by option fetch: nodeFetch({ ca })";
const CLOSED = "the connection was closed";

const HINTS = {
  ECONNREFUSED: "nobody listens there",
  ConnectionRefused: "nobody listens there", // Bun
  ENOTFOUND: "there is no host of this name",
  EAI_AGAIN: "the name could not be looked up: is there a network?",
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  UND_ERR_SOCKET: CLOSED,
  ETIMEDOUT: "no connection was made in time",
  UND_ERR_CONNECT_TIMEOUT: "no connection was made in time",
  ENETUNREACH: "no network leads there",
  EHOSTUNREACH: "no network leads there",
  EMFILE: "this process has too many files and connections open",
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is one for another host",
  DEPTH_ZERO_SELF_SIGNED_CERT: NOT_TRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_TRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_TRUSTED,
  EPROTO: "it speaks no TLS: is its url one of http?",
  ERR_SSL_WRONG_VERSION_NUMBER: "it speaks no TLS: is its url one of http?",
};

/** A browser says of all these no more than "Failed to fetch". */
const OF_A_PAGE =
  "a page also gets this where the server does not allow it (CORS), or the page's Content-Security-Policy (connect-src) does not";

/** Why this url could not be asked, or read further. */
export function reasonOf(error, url) {
  const said = withoutOrigin(messageOf(error), url);
  const hint = /certificate|closed the connection/.test(said) ? undefined : hintOf(error);
  return `${url}${said}${hint === undefined ? "" : `; ${hint}`}`;
}

function hintOf(error) {
  const code = codeOf(error);
  if (code === undefined) return error?.name === "TypeError" && isPage() ? OF_A_PAGE : undefined;
  return Object.hasOwn(HINTS, code) ? HINTS[code] : undefined;
}

/** Whether this is a page or a worker of one. */
function isPage() {
  return typeof globalThis.document === "object" || typeof globalThis.location === "object";
}

/** What follows the url in a sentence about it; our own nodeFetch begins one with the origin. */
function withoutOrigin(said, url) {
  const { origin } = new URL(url);
  return said.startsWith(`${origin}:`) || said.startsWith(`${origin} at `) ? said.slice(origin.length) : `: ${said}`;
}
