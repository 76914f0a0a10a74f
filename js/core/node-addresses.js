// How many bodies are under way for one address. Private ones are not counted: behind a proxy everybody has the same.
import { MAX_READERS_OF_ADDRESS } from "./limits.js";

const PRIVATE = [
  /^(127|10)\.|^192\.168\.|^169\.254\.|^172\.(1[6-9]|2\d|3[01])\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
  /^::1$|^f[cd][0-9a-f]{2}:|^fe[89ab][0-9a-f]:/i,
];

export class ReadersOfAddresses {
  #counts = new Map();

  /** Gives what to call when the body is over; undefined where there are too many of this address. */
  enter(remoteAddress) {
    const network = networkOf(remoteAddress);
    if (network === undefined) return () => {};
    const count = this.#counts.get(network) ?? 0;
    if (count >= MAX_READERS_OF_ADDRESS) return undefined;
    this.#counts.set(network, count + 1);
    return () => this.#leave(network);
  }

  #leave(network) {
    const left = this.#counts.get(network) - 1;
    if (left > 0) this.#counts.set(network, left);
    else this.#counts.delete(network);
  }
}

/** Whose address it is: one of IPv4, or the 64 bits of IPv6 that one household has; nothing for a private one. */
function networkOf(remoteAddress) {
  const address = remoteAddress?.replace(/^::ffff:(?=\d+\.)/i, "");
  if (!address || PRIVATE.some((range) => range.test(address))) return undefined;
  if (!address.includes(":")) return address;
  const [before, after] = address.split("::").map((half) => half.split(":").filter(Boolean));
  const zeros = after ? new Array(Math.max(0, 8 - before.length - after.length)).fill("0") : [];
  return [...before, ...zeros, ...(after ?? [])].slice(0, 4).join(":");
}
