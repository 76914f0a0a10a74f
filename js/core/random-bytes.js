// Random bytes for a key. The wasm has none of its own.
import { coded } from "./errors.js";
import { builtin } from "./node-builtins.js";

/** This number of random bytes, of the kind that secrets are made of; throws `RUNTIME_UNSUPPORTED` where there are none. */
export function randomBytes(length) {
  const { crypto } = globalThis;
  if (typeof crypto?.getRandomValues === "function") return crypto.getRandomValues(new Uint8Array(length));
  const ofNode = builtin("crypto");
  if (ofNode === undefined) {
    throw coded(
      "RUNTIME_UNSUPPORTED",
      "this runtime has no globalThis.crypto to make a random key of: give generateKey a seed of 32 random bytes, " +
        'as { seed: randomBytes(32) } with randomBytes of "node:crypto"',
    );
  }
  return new Uint8Array(ofNode.randomBytes(length));
}
