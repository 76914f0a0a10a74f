// What signs a record: a secret key, or a signer that keeps its key to itself, such as a wallet or a service.
import { encodeBase58 } from "./base58.js";
import { asBytes, isUint8Array } from "./bytes.js";
import { coded, messageOf } from "./errors.js";
import { base58Pattern, PUBLIC_KEY_BYTES, SECRET_KEY_BYTES, SIGNATURE_BYTES } from "./key-lengths.js";
import { kindName } from "./kind-name.js";

/** What makes a signer of a platform's key, which does not sign by itself. */
const SIGNERS = {
  CryptoKey:
    '{ publicKey: await crypto.subtle.exportKey("raw", publicKey), ' +
    'sign: (bytes) => crypto.subtle.sign("Ed25519", privateKey, bytes) }',
  KeyObject:
    '{ publicKey: Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url"), ' +
    "sign: (bytes) => crypto.sign(null, bytes, privateKey) }",
};
const BASE58_SIGNATURE = new RegExp(`^${base58Pattern(SIGNATURE_BYTES)}$`);
/** A public key, a seed or a secret key. */
const BASE58_KEY = new RegExp(`^${base58Pattern(PUBLIC_KEY_BYTES, SECRET_KEY_BYTES)}$`);
const WANTED = "wanted a secret key, a Uint8Array of 32 or 64 bytes, or a signer { publicKey, sign(bytes) }";

/** Whether this is meant as a signer; throws BAD_KEY where it is neither one nor bytes. */
export function isSigner(keyOrSigner) {
  if (isUint8Array(keyOrSigner)) return false;
  if (keyOrSigner !== null && typeof keyOrSigner === "object" && "sign" in keyOrSigner) return true;
  throw coded("BAD_KEY", `the second argument is ${platformKey(keyOrSigner) ?? `${looksOf(keyOrSigner)}; ${WANTED}`}`);
}

/** Throws BAD_KEY where this is not the bytes of a secret key; what is wrong with the bytes says the wasm. */
export function mustBeSecretKey(secretKey) {
  if (isUint8Array(secretKey)) return;
  throw coded("BAD_KEY", `secretKey is ${looksOf(secretKey)}; wanted a Uint8Array of 32 or 64 bytes`);
}

/**
 * The base58 text of a signer's public key.
 *
 * @throws `BAD_KEY`, and `SIGNER_FAILED` with what a getter threw
 */
export function publicKeyOfSigner(signer) {
  const publicKey = asked(() => signer.publicKey);
  if (typeof publicKey === "string") return publicKey;
  const bytes = asBytes(publicKey);
  if (bytes?.length === PUBLIC_KEY_BYTES) return encodeBase58(bytes);
  const got = bytes ? `${bytes.length} bytes` : kindOfKey(publicKey);
  throw coded("BAD_KEY", `the signer's publicKey is ${got}; wanted 32 bytes or a base58 string${publicKeyHint(publicKey)}`);
}

function publicKeyHint(publicKey) {
  if (typeof publicKey?.toBase58 === "function") return ": give its toBase58()";
  const signer = SIGNERS[kindOfKey(publicKey)];
  return signer ? `: ${signer}` : "";
}

/**
 * The 64 bytes that a signer gives for the UTF-8 bytes of `text`. It may take as long as it likes: a wallet asks its
 * owner.
 *
 * @throws `BAD_SIGNATURE` where it gives something else, `SIGNER_FAILED` with what it threw
 */
export async function signatureBy(signer, text) {
  if (typeof asked(() => signer.sign) !== "function") {
    throw coded("BAD_KEY", `the signer's sign is not a function; ${WANTED}`);
  }
  const bytes = new TextEncoder().encode(text);
  let given;
  try {
    given = await signer.sign(bytes);
  } catch (error) {
    throw failed(error);
  }
  const signature = asBytes(given);
  if (signature?.length === SIGNATURE_BYTES) return signature;
  throw coded("BAD_SIGNATURE", `the signer gave ${signature ? lengthOf(signature) : formOf(given)}`);
}

function asked(read) {
  try {
    return read();
  } catch (error) {
    throw failed(error);
  }
}

function failed(error) {
  return coded("SIGNER_FAILED", `the signer did not sign: ${messageOf(error)}`, error);
}

function lengthOf({ length }) {
  const hint = length > SIGNATURE_BYTES ? ": signature and message together? A detached signature is the first 64 bytes" : "";
  return `${length} bytes; wanted the 64 bytes of an ed25519 signature${hint}`;
}

function formOf(given) {
  const wanted = "wanted a Uint8Array, the 64 bytes of an ed25519 signature";
  if (typeof given === "string") return `a string${encodingOf(given.trim())}; ${wanted}`;
  const hint = hasMember(given, "signature") ? " with a member signature: let sign return that" : "";
  return `a value that is ${kindName(given)}${hint}; ${wanted}`;
}

/** How a signature is spelled; most of one in base58 is base64 as well, but for its end. */
function encodingOf(text) {
  if (/^(0x)?[0-9a-f]{128}$/i.test(text)) return " that looks like hex: decode it to bytes";
  if (BASE58_SIGNATURE.test(text)) return " that looks like base58: decode it to bytes";
  return /^[\w+/-]{86}(==)?$/.test(text) ? " that looks like base64: decode it to bytes" : "";
}

/** A key or pair of keys of the platform, with the signer that can be made of it; undefined for anything else. */
function platformKey(value) {
  const kind = kindOfKey(value);
  if (SIGNERS[kind]) return `a ${kind}, which does not sign by itself; give ${SIGNERS[kind]}`;
  const ofPair = hasMember(value, "privateKey") ? kindOfKey(value.privateKey) : "";
  return SIGNERS[ofPair] && `a pair of ${ofPair}s, which does not sign by itself; give ${SIGNERS[ofPair]}`;
}

/** `CryptoKey`, `KeyObject`, or what kind of value it is. */
function kindOfKey(value) {
  const name = Object.prototype.toString.call(value).slice("[object ".length, -1);
  return Object.hasOwn(SIGNERS, name) ? name : kindName(value);
}

/** What this looks like that is not bytes. A text may be a secret, and is never shown. */
function looksOf(value) {
  if (typeof value === "string") return `a string${spellingOf(value.trim())}`;
  if (Array.isArray(value)) return "an array: make bytes of it by Uint8Array.from(…)";
  if (asBytes(value) !== undefined) return "an ArrayBuffer or another view: make a Uint8Array of it";
  if (hasMember(value, "secretKey")) return "a pair of keys: give its secretKey";
  return hasMember(value, "publicKey") ? "an object with a publicKey and without a function sign" : kindName(value);
}

function spellingOf(text) {
  const isHex = /^(0x)?(?:[0-9a-f]{64}|[0-9a-f]{128})$/i.test(text);
  if (isHex) return " that looks like a secret key in hex: decode it to bytes";
  if (BASE58_KEY.test(text)) return " that looks like a key in base58: decode it to bytes";
  return /^\[[\d\s,]*\]$/.test(text) ? " that looks like a key as a JSON array: Uint8Array.from(JSON.parse(…))" : "";
}

function hasMember(value, name) {
  try {
    return typeof value === "object" && value !== null && value[name] !== undefined;
  } catch {
    return false;
  }
}
