// One function for each contender, from the bytes of a body to one verdict for each record of it. All of them do the
// whole work: decode UTF-8, JSON.parse, JSON.stringify(data), base58, signature; what throws is a false verdict.
import { createHash, createPublicKey, verify, webcrypto } from "node:crypto";
import * as noble from "@noble/ed25519";
import bs58 from "bs58";
import sodium from "libsodium-wrappers";
import nacl from "tweetnacl";

/** What stands before the 32 bytes of an ed25519 key in its SubjectPublicKeyInfo form. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
/** As many promises as are under way at once: more is no quicker. */
const WEBCRYPTO_CHUNK = 256;

// noble hashes with crypto.subtle, asynchronously, unless it is given a hash; with node:crypto's it is quicker.
noble.hashes.sha512 = (message) => new Uint8Array(createHash("sha512").update(message).digest());
await sodium.ready;

const utf8 = new TextEncoder();

/** The parsed records of a body. */
function parsed(bytes) {
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** What every JavaScript verifier needs of a record: the signed bytes, and the signature's and the key's bytes. */
function decoded({ data, publicKey, signature }) {
  return { message: utf8.encode(JSON.stringify(data)), signature: bs58.decode(signature), publicKey: bs58.decode(publicKey) };
}

/** A contender that judges one record after the other. */
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

/** The key objects of `node:crypto`, made once for each key. */
const keyObjects = new Map();

function keyObject(publicKey) {
  let object = keyObjects.get(publicKey);
  if (object === undefined) keyObjects.set(publicKey, (object = importJwk(bs58.decode(publicKey))));
  return object;
}

const importDer = (key) => createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key]), format: "der", type: "spki" });

const importJwk = (key) =>
  createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(key).toString("base64url") }, format: "jwk" });

function withImport(importKey) {
  return oneByOne((record) => {
    const { message, signature, publicKey } = decoded(record);
    return verify(null, message, importKey(publicKey), signature);
  });
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

async function inChunks(bytes) {
  const records = parsed(bytes);
  const verdicts = [];
  for (let at = 0; at < records.length; at += WEBCRYPTO_CHUNK) {
    verdicts.push(...(await Promise.all(records.slice(at, at + WEBCRYPTO_CHUNK).map(webcryptoHolds))));
  }
  return verdicts;
}

/**
 * Everybody else, by turns in one process. `share` is the part of the records that a slow one gets, which does not
 * change its time for each. One with `judgesNothing` is there to show what the others do beside the signature.
 */
export const contenders = [
  { id: "node-der", name: "node:crypto, key imported (DER)", verdicts: withImport(importDer) },
  { id: "node-jwk", name: "node:crypto, key imported (JWK)", verdicts: withImport(importJwk) },
  {
    id: "node-cached",
    name: "node:crypto, keys cached",
    verdicts: oneByOne(({ data, publicKey, signature }) =>
      verify(null, utf8.encode(JSON.stringify(data)), keyObject(publicKey), bs58.decode(signature))),
  },
  {
    id: "libsodium",
    name: "libsodium-wrappers",
    verdicts: oneByOne((record) => {
      const { message, signature, publicKey } = decoded(record);
      return sodium.crypto_sign_verify_detached(signature, message, publicKey);
    }),
  },
  { id: "webcrypto", name: "WebCrypto, several threads", verdicts: inChunks },
  {
    id: "noble",
    name: "@noble/ed25519",
    share: 1 / 20,
    verdicts: oneByOne((record) => {
      const { message, signature, publicKey } = decoded(record);
      return noble.verify(signature, message, publicKey);
    }),
  },
  {
    id: "tweetnacl",
    name: "tweetnacl + bs58",
    share: 1 / 50,
    verdicts: oneByOne((record) => {
      const { message, signature, publicKey } = decoded(record);
      return nacl.sign.detached.verify(message, signature, publicKey);
    }),
  },
  {
    id: "no-signature",
    name: "(JSON and base58 alone, no signature)",
    verdicts: (bytes) => parsed(bytes).map((record) => decoded(record).signature.length === 64),
    judgesNothing: true,
  },
];
