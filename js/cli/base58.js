// Base58, as keys and signatures are written, for those that the command line handles itself.

const DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** So many digits fit into a number that is no BigInt, which is much quicker to count up. */
const DIGITS_AT_ONCE = 9;
const STEPS = Array.from({ length: DIGITS_AT_ONCE + 1 }, (_, digits) => 58n ** BigInt(digits));

/** The bytes that a text spells, or undefined when one of its characters is no digit. */
export function decodeBase58(text) {
  let number = 0n;
  for (let at = 0; at < text.length; at += DIGITS_AT_ONCE) {
    const part = text.slice(at, at + DIGITS_AT_ONCE);
    const value = valueOf(part);
    if (value === undefined) return undefined;
    number = number * STEPS[part.length] + BigInt(value);
  }
  const zeros = text.match(/^1*/)[0].length;
  const hex = number === 0n ? "" : number.toString(16);
  return new Uint8Array(Buffer.from("00".repeat(zeros) + hex.padStart(hex.length + (hex.length % 2), "0"), "hex"));
}

function valueOf(part) {
  let value = 0;
  for (const character of part) {
    const digit = DIGITS.indexOf(character);
    if (digit === -1) return undefined;
    value = value * 58 + digit;
  }
  return value;
}

/** The text that spells these bytes. */
export function encodeBase58(bytes) {
  let text = "";
  for (let number = BigInt(`0x0${Buffer.from(bytes).toString("hex")}`); number > 0n; number /= 58n) {
    text = DIGITS[Number(number % 58n)] + text;
  }
  const firstOther = bytes.findIndex((byte) => byte !== 0);
  return "1".repeat(firstOther === -1 ? bytes.length : firstOther) + text;
}
