// dbsharing sign: a signed record of JSON data.

import { signRecord, verifyRecord } from "../../index.js";
import { cannotRun, negativeResult, usageError } from "../command-error.js";
import { readJsonObject } from "../input.js";
import { readKeyFile } from "../key-file.js";

const LAST_TIMESTAMP = Number.MAX_SAFE_INTEGER;

/** The options of every command that signs. */
export const signingOptions = {
  key: {
    type: "string",
    placeholder: "KEYFILE",
    value: "a key file, as dbsharing keygen makes",
    says: "the secret key: a JSON array of 64 or 32 numbers, base58, or hex",
  },
  timestamp: {
    type: "string",
    placeholder: "now|MS",
    value: '"now" or milliseconds since 1970',
    says: "set data.timestamp, milliseconds since 1970",
  },
};

export const command = {
  name: "sign",
  usage: "[FILE|-] --key KEYFILE [--timestamp now|MS]",
  description:
    "Signs the JSON object in FILE, or on standard input, and prints the record: { data, publicKey, signature }.\n" +
    "The object needs a uuid, and a timestamp unless --timestamp sets it.",
  positionals: ["FILE or -"],
  options: { ...signingOptions, key: { ...signingOptions.key, required: true } },
  jsonSays: "changes only how a failure is printed: a record is one JSON object already",
  examples: [`echo '{"uuid":"my-page","linktree":[]}' | dbsharing sign --key key.json --timestamp now`],
  run,
};

async function run({ values, positionals: [file = "-"], output }) {
  if (file === "-" && values.key === "-") throw usageError("the data and the key cannot both be standard input");
  const record = await signData(await readJsonObject(file), values);
  output.json(record);
  const { hint } = verifyRecord(record);
  if (hint) output.warn(`is this right? ${hint}`);
}

/** The record of `data`, signed with the key in the file that `key` names. */
export async function signData(data, { key, timestamp }) {
  const secretKey = await readKeyFile(key);
  const dated = timestamp === undefined ? data : { ...data, timestamp: timestampOf(timestamp) };
  try {
    return signRecord(dated, secretKey);
  } catch (error) {
    if (error.code === "BAD_KEY") throw cannotRun(`the key file ${key} cannot sign: ${error.message}`, error);
    if (error.code) throw negativeResult(`the data cannot be signed: ${error.message}`, error.code);
    throw error;
  }
}

function timestampOf(text) {
  if (text === "now") return Date.now();
  const timestampMs = text.trim() === "" ? NaN : Number(text);
  if (Number.isInteger(timestampMs) && timestampMs >= 0 && timestampMs <= LAST_TIMESTAMP) return timestampMs;
  throw usageError(`--timestamp is ${JSON.stringify(text)}; wanted "now" or milliseconds since 1970`);
}
