// How long the keys and signatures of ed25519 are, in bytes and in base58.
import { longestBase58 } from "./base58.js";

/** What a secret key is made from. */
export const SEED_BYTES = 32;
export const PUBLIC_KEY_BYTES = 32;
/** The seed, then the public key. */
export const SECRET_KEY_BYTES = 64;
export const SIGNATURE_BYTES = 64;

/** The source of a regular expression that matches what may be base58 of `least` to `most` bytes. */
export function base58Pattern(least, most = least) {
  return `[1-9A-HJ-NP-Za-km-z]{${least},${longestBase58(most)}}`; // bytes of zeros have one character each
}
