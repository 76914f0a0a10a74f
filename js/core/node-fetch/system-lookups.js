// Look-ups by the system, which knows more than name servers do and cannot be stopped: few at a time, and names that
// take long are left alone.
import { elapsedMs } from "../timing.js";
import { abortable } from "./abortable.js";
import { Slots } from "./slots.js";

/** Of four threads that the process has for this, its files and its zlib. */
const MOST_AT_ONCE = 2;
const SLOW_MS = 3000;
const FIRST_REST_MS = 30_000;
const LONGEST_REST_MS = 600_000;
const MAX_RESTING = 1000;

export class SystemLookups {
  #dns;
  #slots = new Slots({ most: MOST_AT_ONCE, mostEach: 1 });
  #resting = new Map();

  constructor(dns) {
    this.#dns = dns;
  }

  /** The addresses of a name; rejects with a sentence. */
  async addressesOf(name, signal) {
    const leftMs = (this.#resting.get(name)?.untilMs ?? 0) - elapsedMs();
    if (leftMs > 0) throw unresolved(name, "EAI_AGAIN", `it took long and is left alone for ${Math.ceil(leftMs / 1000)} s`);
    const release = await this.#slots.take(name, signal);
    const startedMs = elapsedMs();
    return abortable(signal, (resolve, reject) => {
      this.#dns.lookup(name, { all: true, verbatim: true }, (error, found) => {
        release();
        if (elapsedMs() - startedMs > SLOW_MS) this.#rest(name);
        else if (!error) this.#resting.clear();
        if (error) reject(unresolved(name, error.code, "neither its name servers nor this machine know it"));
        else resolve(found.map(({ address }) => address));
      });
      return () => this.#rest(name);
    });
  }

  #rest(name) {
    const restedMs = this.#resting.get(name)?.ms ?? FIRST_REST_MS / 2;
    const ms = Math.min(restedMs * 2, LONGEST_REST_MS);
    this.#resting.delete(name);
    this.#resting.set(name, { ms, untilMs: elapsedMs() + ms });
    if (this.#resting.size > MAX_RESTING) this.#resting.delete(this.#resting.keys().next().value);
  }
}

/** Why a name has no address, in a sentence. */
export function unresolved(name, code, why) {
  return Object.assign(new Error(`the name ${name} does not resolve: ${why} (${code})`), { code });
}
