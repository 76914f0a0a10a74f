// A signed message as platforms make it: base58 of 64 signature bytes and the text that they sign.
import { decodeBase58, longestBase58 } from "./base58.js";
import { coded } from "./errors.js";
import { kindName } from "./kind-name.js";

/** The longest signed text, `MAX_SIGNED_BYTES` of src/limits.rs, and a signature. */
const MAX_MESSAGE_BYTES = 64 * 1024 + 64;

/** The bytes of a signed message; throws `BAD_SHAPE` where it is not base58, `TOO_LARGE` before a long one is decoded. */
export function bytesOfMessage(text) {
  if (typeof text !== "string") throw coded("BAD_SHAPE", `the signed message is ${kindName(text)}; wanted a base58 string`);
  if (text.length > longestBase58(MAX_MESSAGE_BYTES)) {
    const limit = `at most ${MAX_MESSAGE_BYTES} bytes in base58 are allowed`;
    throw coded("TOO_LARGE", `the signed message is ${text.length} characters long, ${limit}`);
  }
  const bytes = decodeBase58(text);
  if (bytes === undefined) throw coded("BAD_SHAPE", `the signed message is not base58${spellingOf(text)}`);
  return bytes;
}

function spellingOf(text) {
  if (/^\s*[[{"]/.test(text)) return ": it looks like JSON; what is wanted is the text that the signer gave";
  if (/^\s|\s$/.test(text)) return ": there is white space around it";
  return /[+/=_-]/.test(text) ? ": it looks like base64" : "";
}
