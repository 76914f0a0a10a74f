// What went wrong, in sentences that name the url and what to do.
import { isCoded, messageOf } from "../errors.js";
import { printable } from "../printable.js";
import { reasonOf } from "./abortable.js";

const UNTRUSTED = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** The error as one that names the url, the address and the code; errors with our codes and a signal's reason are kept. */
export function described(error, { url, place = error?.place, signal }) {
  if (signal?.aborted) return reasonOf(signal);
  if (isCoded(error)) return error;
  const at = place === undefined || place === url.host ? "" : ` at ${place}`;
  const code = typeof error?.code === "string" ? error.code : undefined;
  const sentence = sentenceOf(code, typeof error?.message === "string" ? error.message : messageOf(error));
  const named = code === undefined || sentence.includes(code) ? sentence : `${sentence} (${code})`;
  return Object.assign(new Error(`${url.origin}${at}: ${named}`, { cause: error }), code === undefined ? {} : { code });
}

/** Notes where it happened, unless that is known already or the error is the caller's own. */
export function located(error, place, signal) {
  if (!signal?.aborted && Object.isExtensible(error)) error.place ??= place;
  return error;
}

function sentenceOf(code = "", message) {
  if (UNTRUSTED.has(code))
    return "its certificate is signed by an unknown authority; wanted a known one, or its certificate in nodeFetch({ ca })";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "its certificate is for another name";
  if (code.startsWith("CERT_")) return `its certificate is not valid now: ${message}`;
  // Errors of brotli have many codes, but one message.
  if (code.startsWith("Z_") || message === "Decompression failed") return `its compressed body is broken: ${message}`;
  if (code === "ECONNRESET" && message === "aborted") return "it closed the connection before the end of its body";
  return printable(message); // it may contain text from the other side
}
