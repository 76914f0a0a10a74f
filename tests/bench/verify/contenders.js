// One function for each contender, from the bytes of a body to one verdict for each record of it. All of them do the
// whole work: decode UTF-8, JSON.parse, JSON.stringify(data), base58, signature; what throws is a false verdict.
import { createHash, createPublicKey, verify, webcrypto } from "node:crypto";
import bs58 from "bs58";
import { RELEASED, importFrom, whyNotReleased } from "../packages.js";

/** What stands before the 32 bytes of an ed25519 key in its SubjectPublicKeyInfo form. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
/** So many promises are under way at once: more is no quicker. */
const WEBCRYPTO_CHUNK = 256;

/**
 * The contenders by their id. `load()` gives the function, so that a process holds no other contender's library.
 * `share` is the part of the records that a slow one gets, which does not change its time for each. `timed` says which
 * passes over the body count: the `first`, in which nothing of it is remembered, or the one `again`, or both.
 * `missing()` gives the reason why one cannot be played here, where there is one.
 */
export const contenders = {
  dbsharing: {
    name: "dbsharing (wasm)",
    timed: ["first", "again"],
    load: () => withPackage("dbsharing"),
  },
  [RELEASED]: {
    name: `dbsharing ${RELEASED} as released (wasm)`,
    timed: ["first", "again"],
    missing: whyNotReleased,
    load: () => withPackage(RELEASED),
  },
  "node-der": { name: "node:crypto, key imported (DER)", load: () => withKeys(importDer) },
  "node-jwk": { name: "node:crypto, key imported (JWK)", load: () => withKeys(importJwk) },
  "node-cached": { name: "node:crypto, keys cached", timed: ["again"], load: () => withKeys(remembering(importJwk)) },
  libsodium: {
    name: "libsodium-wrappers",
    async load() {
      const { default: sodium } = await import("libsodium-wrappers");
      await sodium.ready;
      return oneByOne((record) => {
        const { message, signature, publicKey } = decoded(record);
        return sodium.crypto_sign_verify_detached(signature, message, publicKey);
      });
    },
  },
  webcrypto: { name: "WebCrypto, several threads", load: () => webcryptoInChunks },
  noble: {
    name: "@noble/ed25519",
    share: 1 / 20,
    async load() {
      const noble = await import("@noble/ed25519");
      // Without a hash it works asynchronously, with that of crypto.subtle, which is slower.
      noble.hashes.sha512 = (message) => new Uint8Array(createHash("sha512").update(message).digest());
      return oneByOne((record) => {
        const { message, signature, publicKey } = decoded(record);
        return noble.verify(signature, message, publicKey);
      });
    },
  },
  tweetnacl: {
    name: "tweetnacl + bs58",
    share: 1 / 50,
    async load() {
      const { default: nacl } = await import("tweetnacl");
      return oneByOne((record) => {
        const { message, signature, publicKey } = decoded(record);
        return nacl.sign.detached.verify(message, signature, publicKey);
      });
    },
  },
  // Shows what the others do beside the signature.
  "no-signature": {
    name: "(JSON and base58 alone, no signature)",
    judgesNothing: true,
    load: () => (bytes) => parsed(bytes).map((record) => decoded(record) !== undefined),
  },
};

async function withPackage(id) {
  const { verifyJson } = await importFrom(id, "js/index.js");
  return (bytes) => verifyJson(bytes).map(({ ok }) => ok);
}

/** The parsed records of a body. */
function parsed(bytes) {
  return JSON.parse(new TextDecoder().decode(bytes));
}

const utf8 = new TextEncoder();

/** What a verifier needs of a record: the signed bytes, the signature's and the key's. */
function decoded({ data, publicKey, signature }) {
  const message = utf8.encode(JSON.stringify(data));
  return { message, signature: bs58.decode(signature), publicKey: bs58.decode(publicKey) };
}

function oneByOne(holds) {
  return (bytes) =>
    parsed(bytes).map((record) => {
      try {
        return holds(record);
      } catch {
        return false;
      }
    });
}

/** `node:crypto` with the key object that `keyObject` makes of a base58 key. */
function withKeys(keyObject) {
  return oneByOne(({ data, publicKey, signature }) =>
    verify(null, utf8.encode(JSON.stringify(data)), keyObject(publicKey), bs58.decode(signature)),
  );
}

function importDer(publicKey) {
  const key = Buffer.concat([SPKI_PREFIX, bs58.decode(publicKey)]);
  return createPublicKey({ key, format: "der", type: "spki" });
}

function importJwk(publicKey) {
  const x = Buffer.from(bs58.decode(publicKey)).toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}

function remembering(importKey) {
  const objects = new Map();
  return (publicKey) => {
    let object = objects.get(publicKey);
    if (object === undefined) objects.set(publicKey, (object = importKey(publicKey)));
    return object;
  };
}

async function webcryptoInChunks(bytes) {
  const records = parsed(bytes);
  const verdicts = [];
  for (let at = 0; at < records.length; at += WEBCRYPTO_CHUNK) {
    verdicts.push(...(await Promise.all(records.slice(at, at + WEBCRYPTO_CHUNK).map(webcryptoHolds))));
  }
  return verdicts;
}

async function webcryptoHolds(record) {
  try {
    const { message, signature, publicKey } = decoded(record);
    const key = await webcrypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    return await webcrypto.subtle.verify("Ed25519", key, signature, message);
  } catch {
    return false;
  }
}
