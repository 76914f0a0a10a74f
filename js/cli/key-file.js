// The secret key in a key file: a JSON array of 64 or 32 numbers as wallets save it, base58, or hex.

import { decodeBase58 } from "../core/base58.js";
import { cannotRun } from "./command-error.js";
import { nameOfInput, readInput } from "./input.js";

const HEX = /^(?:0x)?([0-9a-f]+)$/i;
/** What users give who take --key for the key itself: a JSON array, hex or base58. */
const KEY_ITSELF = /^\s*(?:\[[\d\s,]*\]?|(?:0x)?[\da-f]{64,128}|[1-9A-HJ-NP-Za-km-z]{40,90})\s*$/i;
const MAX_FILE_BYTES = 16 * 1024; // 64 numbers, each on a line and deeply indented
const KEY_BYTES = [32, 64];

/**
 * The secret key in the file at `path`: 32 bytes of seed, or 64 of seed and public key.
 *
 * @throws {CommandError} whose sentence says what is wrong with the file, and never quotes it
 */
export async function readKeyFile(path) {
  const content = await readKey(path);
  return parseKey(new TextDecoder().decode(content).trim(), nameOfInput(path));
}

async function readKey(path) {
  try {
    return await readInput(path, { maxBytes: MAX_FILE_BYTES, tooLong: "; wanted a key of 64 or 32 bytes", option: "key" });
  } catch (error) {
    if (!KEY_ITSELF.test(path)) throw error;
    throw cannotRun("cannot read the file that --key names: it looks like a key itself; wanted the path of its file");
  }
}

/** The secret key in `text`; `name` is the name of the file in the sentences. */
export function parseKey(text, name) {
  if (text === "") throw cannotRun(`the key file ${name} is empty; wanted a key of 64 or 32 bytes`);
  if (text.startsWith("[")) return keyOfArray(text, name);
  if (/^".*"$/s.test(text)) return keyOfText(text.slice(1, -1), name);
  return keyOfText(text, name);
}

function keyOfText(text, name) {
  const [, hex] = text.match(HEX) ?? [];
  // Hex comes first: no usable key has 64 or 128 such characters in base58.
  if (hex && KEY_BYTES.includes(hex.length / 2)) return new Uint8Array(Buffer.from(hex, "hex"));
  const bytes = decodeBase58(text);
  if (bytes && KEY_BYTES.includes(bytes.length)) return bytes;
  if (hex) throw cannotRun(`the key file ${name} holds ${hex.length} hex digits; wanted 128 or 64`);
  if (bytes) throw cannotRun(`the key file ${name} holds ${bytes.length} bytes in base58; wanted 64 or 32`);
  throw cannotRun(`the key file ${name} is of another form; wanted a JSON array of 64 or 32 numbers, base58 or hex`);
}

function keyOfArray(text, name) {
  const numbers = parseArray(text, name);
  if (!KEY_BYTES.includes(numbers.length)) {
    throw cannotRun(`the key file ${name} holds a JSON array of ${numbers.length} numbers; wanted 64 or 32`);
  }
  const bad = numbers.findIndex((number) => !Number.isInteger(number) || number < 0 || number > 255);
  if (bad !== -1)
    throw cannotRun(
      `the key file ${name} holds a JSON array whose item ${bad} is not a byte; wanted a whole number from 0 to 255`,
    );
  return Uint8Array.from(numbers);
}

// The message of the parser is left out: it quotes the text, which is the secret.
function parseArray(text, name) {
  try {
    return JSON.parse(text);
  } catch {
    throw cannotRun(`the key file ${name} begins like a JSON array and is not valid JSON; wanted 64 or 32 numbers`);
  }
}
