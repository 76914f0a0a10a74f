// Base58 in the alphabet of Bitcoin, as keys, signatures and signed messages are written.

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const DIGITS = new Map([...ALPHABET].map((character, digit) => [character, digit]));
const BASE58 = new RegExp(`^[${ALPHABET}]*$`);
/** How many digits fit into a number without loss … */
const DIGITS_A_NUMBER = 9;
/** … and this is 58^9, which is less than 2^53. */
const SCALE = 7_427_658_739_644_928;

/** Whether the text contains only characters of base58. */
function isBase58(text) {
  return BASE58.test(text);
}

/** The length of the longest base58 text of this many bytes. */
export function longestBase58(bytes) {
  return Math.ceil((bytes * Math.log(256)) / Math.log(58));
}

/** The bytes that `text` stands for; undefined where it is not base58. */
export function decodeBase58(text) {
  if (!isBase58(text)) return undefined;
  const digits = text.replace(/^1+/, ""); // each leading 1 is a byte of zeros
  const bytes = digits === "" ? [] : bytesOf(numberOf(digits));
  const zeros = text.length - digits.length;
  const whole = new Uint8Array(zeros + bytes.length);
  whole.set(bytes, zeros);
  return whole;
}

/** The base58 text of a few bytes, such as a key: the time is quadratic in their number. */
export function encodeBase58(bytes) {
  const digits = [];
  for (const byte of bytes) {
    let carry = byte;
    for (const [at, digit] of digits.entries()) {
      carry += digit * 256;
      digits[at] = carry % 58;
      carry = Math.floor(carry / 58);
    }
    for (; carry > 0; carry = Math.floor(carry / 58)) digits.push(carry % 58);
  }
  const zeros = bytes.findIndex((byte) => byte !== 0);
  const ones = "1".repeat(zeros === -1 ? bytes.length : zeros);
  return (
    ones +
    digits
      .reverse()
      .map((digit) => ALPHABET[digit])
      .join("")
  );
}

/**
 * The number that the digits write. Neighbours are joined in pairs, then the pairs, so that the long multiplications are
 * few: digit by digit the time would be quadratic.
 */
function numberOf(digits) {
  let parts = leafNumbers(digits);
  for (let scale = BigInt(SCALE); parts.length > 1; scale *= scale) {
    parts = pairs(parts, (high, low) => high * scale + low);
  }
  return parts[0];
}

/** The digits in numbers of nine, the first of which may have fewer. */
function leafNumbers(digits) {
  const numbers = [];
  for (let end = digits.length; end > 0; end -= DIGITS_A_NUMBER) {
    const leaf = digits.slice(Math.max(0, end - DIGITS_A_NUMBER), end);
    numbers.push(BigInt([...leaf].reduce((number, character) => number * 58 + DIGITS.get(character), 0)));
  }
  return numbers.reverse();
}

/** Joins each two, counted from the end; a first one without a neighbour stays as it is. */
function pairs(parts, join) {
  const isOdd = parts.length % 2;
  const joined = parts.slice(0, isOdd);
  for (let at = isOdd; at < parts.length; at += 2) joined.push(join(parts[at], parts[at + 1]));
  return joined;
}

function bytesOf(number) {
  const hex = number.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return Uint8Array.from({ length: even.length / 2 }, (_, at) => parseInt(even.slice(2 * at, 2 * at + 2), 16));
}
