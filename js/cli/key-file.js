// The secret key in a key file: a JSON array of 64 or 32 numbers as wallets save it, base58, or hex.

import { decodeBase58 } from "../core/base58.js";
import { cannotRun } from "./command-error.js";
import { nameOfInput, readInput } from "./input.js";

const HEX = /^(?:0x)?([0-9a-f]+)$/i;
/** What is given by who takes --key for the key: a JSON array, hex or base58. */
const KEY_ITSELF = /^\s*(?:\[[\d\s,]*\]?|(?:0x)?[\da-f]{64,128}|[1-9A-HJ-NP-Za-km-z]{40,90})\s*$/i;
const MAX_FILE_BYTES = 16 * 1024; // 64 numbers, a line each and far to the right
const KEY_BYTES = [32, 64];

/**
 * The secret key in the file at `path`: 32 bytes of seed, or 64 of seed and public key.
 *
 * @throws {CommandError} whose sentence says what is wrong with the file, and never what is in it
 */
export async function readKeyFile(path) {
  const content = await readKey(path);
  return parseKey(new TextDecoder().decode(content).trim(), nameOfInput(path));
}

async function readKey(path) {
  try {
    return await readInput(path, { maxBytes: MAX_FILE_BYTES, tooLong: "; a key has 64 or 32 bytes", option: "key" });
  } catch (error) {
    if (!KEY_ITSELF.test(path)) throw error;
    throw cannotRun(
      "cannot read the file that --key names; it looks like a key itself, and what is wanted is the path of its file",
    );
  }
}

/** The secret key that `text` spells; `name` is what the sentences call it. */
export function parseKey(text, name) {
  if (text === "") throw cannotRun(`the key file ${name} is empty`);
  if (text.startsWith("[")) return keyOfArray(text, name);
  if (/^".*"$/s.test(text)) return keyOfText(text.slice(1, -1), name);
  return keyOfText(text, name);
}

function keyOfText(text, name) {
  const [, hex] = text.match(HEX) ?? [];
  // Hex comes first: no key that could sign is 64 or 128 such characters in base58.
  if (hex && KEY_BYTES.includes(hex.length / 2)) return new Uint8Array(Buffer.from(hex, "hex"));
  const bytes = decodeBase58(text);
  if (bytes && KEY_BYTES.includes(bytes.length)) return bytes;
  if (hex) throw cannotRun(`the key file ${name} holds ${hex.length} hex digits; a key has 128 or 64`);
  if (bytes) throw cannotRun(`the key file ${name} holds ${bytes.length} bytes in base58; a key has 64 or 32`);
  throw cannotRun(`the key file ${name} is neither a JSON array of 64 or 32 numbers, nor base58, nor hex`);
}

function keyOfArray(text, name) {
  const numbers = parseArray(text, name);
  if (!KEY_BYTES.includes(numbers.length)) {
    throw cannotRun(`the key file ${name} holds a JSON array of ${numbers.length} numbers; a key has 64 or 32`);
  }
  const bad = numbers.findIndex((number) => !Number.isInteger(number) || number < 0 || number > 255);
  if (bad !== -1)
    throw cannotRun(`the key file ${name} holds a JSON array whose item ${bad} is not a whole number from 0 to 255`);
  return Uint8Array.from(numbers);
}

// The parser's own message is left out: it quotes the text, which is the secret.
function parseArray(text, name) {
  try {
    return JSON.parse(text);
  } catch {
    throw cannotRun(`the key file ${name} begins like a JSON array and is not valid JSON`);
  }
}
