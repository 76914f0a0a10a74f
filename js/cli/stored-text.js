// The text under which a node stores a record, made of a record that came by another way than a round.

import { decodeBase58, encodeBase58 } from "./base58.js";

const MAX_UNSIGNED_BYTES = 1024;
const S_BYTES = 32;
/** The order of the group in which signatures are made. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/**
 * The text of an item that verifies: canonical, with its signature as it was signed, and with its unsigned fields
 * where they are short. A round stores the same bytes.
 *
 * @param {object} item a record, or `{ value: record }`, as parsed
 * @param {{ signedText: string }} verdict
 */
export function storedText(item, { signedText }) {
  const { data, publicKey, signature, ...unsigned } = Object.hasOwn(item, "data") ? item : item.value;
  const signed = `{"data":${signedText},"publicKey":"${publicKey}","signature":"${reduced(signature)}"`;
  const more = textOf(unsigned);
  const isKept = more !== "{}" && Buffer.byteLength(more) <= MAX_UNSIGNED_BYTES;
  return isKept ? `${signed},${more.slice(1)}` : `${signed}}`;
}

// What is nested too deep to be written is longer than what is kept.
function textOf(unsigned) {
  try {
    return JSON.stringify(unsigned);
  } catch {
    return "{}";
  }
}

// Whoever passes a record on can add the order to S, and the signature verifies as before.
function reduced(signature) {
  const bytes = decodeBase58(signature);
  const s = BigInt(`0x${Buffer.from(bytes.slice(-S_BYTES)).reverse().toString("hex")}`);
  if (s < ORDER) return signature;
  const hex = (s % ORDER).toString(16).padStart(2 * S_BYTES, "0");
  return encodeBase58(Uint8Array.from([...bytes.slice(0, -S_BYTES), ...Buffer.from(hex, "hex").reverse()]));
}
