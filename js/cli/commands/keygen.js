// dbsharing keygen: a new key, in the form that wallets save.

import { createPrivateKey, createPublicKey, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";

import { signRecord } from "../../index.js";
import { cannotRun } from "../command-error.js";
import { reasonOf } from "../input.js";

export const command = {
  name: "keygen",
  usage: "[--out FILE] [--json]",
  description:
    "Makes a new ed25519 key and prints its public key. The secret key, a JSON array of 64 numbers, goes to FILE,\n" +
    "readable by you alone; without --out it goes to standard output, and the public key to standard error.",
  options: {
    out: {
      type: "string",
      placeholder: "FILE",
      value: "the name of a file that is not there yet",
      says: "where to write the key",
    },
  },
  examples: ["dbsharing keygen --out key.json"],
  run,
};

async function run({ values, output }) {
  const secretKey = newSecretKey();
  const publicKey = publicKeyOf(secretKey);
  if (values.out === undefined) {
    output.event({ publicKey, secretKey: [...secretKey] });
    output.line(JSON.stringify([...secretKey]));
    if (!values.json) output.warn(publicKey);
    return;
  }
  await writeKeyFile(values.out, secretKey);
  output.event({ publicKey, file: values.out });
  output.line(publicKey);
}

/** What stands before the 32 bytes of the seed in an ed25519 key's PKCS #8 form (RFC 8410, section 10.3). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * 64 bytes: the seed and its public key, as tweetnacl and Solana wallets keep them. Made of random bytes, because in
 * Node 20 a garbage collection can find generateKeyPairSync's job under the lock that its export holds, and hang.
 */
export function newSecretKey() {
  const seed = randomBytes(32);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
  return new Uint8Array(Buffer.concat([seed, publicKey]));
}

/** The public key, base58, of a secret key. */
export function publicKeyOf(secretKey) {
  return signRecord({ uuid: "any", timestamp: 0 }, secretKey).publicKey;
}

async function writeKeyFile(path, secretKey) {
  try {
    await writeFile(path, `${JSON.stringify([...secretKey])}\n`, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    const refused = cause.code === "EEXIST" ? "it exists, and a key is never overwritten" : reasonOf(cause);
    throw cannotRun(`cannot write ${path}: ${refused}`, cause);
  }
}
