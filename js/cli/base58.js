// Base58 as keys and signatures are written in it, for the few that the command line handles itself.

const DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** The bytes that a text spells, or undefined when one of its characters is no digit. */
export function decodeBase58(text) {
  let number = 0n;
  for (const character of text) {
    const digit = DIGITS.indexOf(character);
    if (digit === -1) return undefined;
    number = number * 58n + BigInt(digit);
  }
  const zeros = text.match(/^1*/)[0].length;
  const hex = number === 0n ? "" : number.toString(16);
  const rest = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  return Uint8Array.from([...new Uint8Array(zeros), ...rest]);
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
