// Limits how much is under way for one address. Private ones are not counted: behind a proxy all clients share one.

const PRIVATE = [
  /^(127|10)\.|^192\.168\.|^169\.254\.|^172\.(1[6-9]|2\d|3[01])\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
  /^::1$|^f[cd][0-9a-f]{2}:|^fe[89ab][0-9a-f]:/i,
];

/** Counts what is under way for each address: bodies that are read, or bodies that are posted. */
export class PlacesOfAddresses {
  #max;
  #counts = new Map();

  constructor(max) {
    this.#max = max;
  }

  /** Returns a function to call when it is over; undefined if this address is at its limit. */
  enter(remoteAddress) {
    const household = isPrivate(remoteAddress) ? undefined : householdOf(remoteAddress);
    if (household === undefined) return () => {};
    const count = this.#counts.get(household) ?? 0;
    if (count >= this.#max) return undefined;
    this.#counts.set(household, count + 1);
    return () => this.#leave(household);
  }

  #leave(household) {
    const left = this.#counts.get(household) - 1;
    if (left > 0) this.#counts.set(household, left);
    else this.#counts.delete(household);
  }
}

/** Whose address it is: an IPv4 address, or the 64 bits of an IPv6 address that one household has; undefined without one. */
export function householdOf(remoteAddress) {
  const address = unmapped(remoteAddress);
  if (!address) return undefined;
  if (!address.includes(":")) return address;
  const [before, after] = address.split("::").map((half) => half.split(":").filter(Boolean));
  const zeros = after ? new Array(Math.max(0, 8 - before.length - after.length)).fill("0") : [];
  return [...before, ...zeros, ...(after ?? [])].slice(0, 4).join(":");
}

function isPrivate(remoteAddress) {
  const address = unmapped(remoteAddress);
  return PRIVATE.some((range) => range.test(address));
}

/** The IPv4 address that an IPv6 address maps, or the address itself. */
function unmapped(remoteAddress) {
  return remoteAddress?.replace(/^::ffff:(?=\d+\.)/i, "");
}
