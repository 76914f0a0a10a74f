// Look-ups by the system, which knows more than name servers do but cannot be cancelled: few at a time, and slow names are
// left alone for a while.
import { elapsedMs } from "../timing.js";
import { abortable } from "./abortable.js";
import { ConcurrencyLimit } from "./concurrency-limit.js";

/** Of the four threads that the process has for look-ups, files and zlib. */
const MAX_AT_ONCE = 2;
const SLOW_MS = 3000;
const FIRST_REST_MS = 30_000;
const LONGEST_REST_MS = 600_000;
const MAX_RESTING = 1000;

export class SystemLookups {
  #dns;
  #limit;
  #resting = new Map();

  constructor(dns) {
    this.#dns = dns;
    this.#limit = new ConcurrencyLimit({ max: MAX_AT_ONCE, maxEach: 1 });
  }

  /** The addresses of a name; rejects with a sentence. */
  async addressesOf(name, signal) {
    const leftMs = (this.#resting.get(name)?.untilMs ?? 0) - elapsedMs();
    if (leftMs > 0) throw unresolved(name, "EAI_AGAIN", `it was slow, and is left alone for ${Math.ceil(leftMs / 1000)} s`);
    const leave = await this.#limit.enter(name, signal);
    const startedMs = elapsedMs();
    return abortable(signal, (resolve, reject) => {
      this.#dns.lookup(name, { all: true, verbatim: true }, (error, found) => {
        leave();
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

/** An error that says why a name has no address. */
export function unresolved(name, code, why) {
  return Object.assign(new Error(`the name ${name} does not resolve: ${why} (${code})`), { code });
}
