// dbsharing keygen: a new key pair, in the form that wallets save.

import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";

import { generateKey } from "../../index.js";
import { cannotRun } from "../command-error.js";
import { reasonOf } from "../input.js";

export const command = {
  name: "keygen",
  usage: "[--out FILE|-] [--json]",
  description:
    "Makes a new ed25519 key pair and prints the public key. The secret key, a JSON array of 64 numbers, goes to FILE,\n" +
    "which only you can read; without --out, or with -, it goes to standard output, and the public key to standard error.",
  options: {
    out: {
      type: "string",
      placeholder: "FILE|-",
      value: "the name of a file that does not exist yet, or -",
      says: "where to write the key",
    },
  },
  examples: ["dbsharing keygen --out key.json"],
  run,
};

async function run({ values, output }) {
  const { publicKey, secretKey } = newKey();
  if (values.out === undefined || values.out === "-") {
    output.event({ publicKey, secretKey: [...secretKey] });
    output.line(JSON.stringify([...secretKey]));
    if (!values.json) output.warn(publicKey);
    return;
  }
  await writeKeyFile(values.out, secretKey);
  output.event({ publicKey, file: values.out });
  output.line(publicKey);
}

/**
 * A new key pair. The seed is given, because Node 18 has no global crypto; and generateKeyPairSync does not make it, because in
 * Node 20 a garbage collection can find its job under the lock that its export holds, and hang.
 */
function newKey() {
  return generateKey({ seed: randomBytes(32) });
}

/** 64 bytes: the seed and its public key, as tweetnacl and Solana wallets keep them. */
export function newSecretKey() {
  return newKey().secretKey;
}

async function writeKeyFile(path, secretKey) {
  try {
    await writeFile(path, `${JSON.stringify([...secretKey])}\n`, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    if (cause.code === "ENOSPC") await rm(path, { force: true }); // half a key would be in the way of a whole one
    const refused = cause.code === "EEXIST" ? "it exists, and a key is never overwritten" : reasonOf(cause, "folder");
    throw cannotRun(`cannot write ${path}: ${refused}`, cause);
  }
}
