// Whole numbers modulo P, all below 2^48 and so exact as doubles; products go through BigInt.

/** The modulus of all sums: a prime. */
export const P = 2 ** 48 - 59;

export const addMod = (one, other) => (one + other) % P;
export const subtractMod = (one, other) => (one - other + P) % P;
export const multiplyMod = (one, other) => Number((BigInt(one) * BigInt(other)) % BigInt(P));

/** The number with which `value`, which is not 0, gives 1 modulo P. */
export function inverseMod(value) {
  let [rest, nextRest] = [P, value];
  let [factor, nextFactor] = [0, 1];
  while (nextRest !== 0) {
    const quotient = (rest - (rest % nextRest)) / nextRest;
    [rest, nextRest] = [nextRest, rest - quotient * nextRest];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  return factor < 0 ? factor + P : factor;
}

/** A 32-bit word, mixed: each bit of the result depends on all bits of the word. */
export function fmix(word) {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
