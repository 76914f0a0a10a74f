// Events that others can cause at will, within a bound: a flood of them must not fill the disk under a log.

const MINUTE_MS = 60_000;

/** Lets `perMinute` events through in a minute; the next one after that says how many were left out. */
export class RateLimit {
  #perMinute;
  #sinceMs = -Infinity;
  #passed = 0;
  #omitted = 0;

  constructor(perMinute) {
    this.#perMinute = perMinute;
  }

  /** What to add to an event at this time, `{ omitted }` or nothing; undefined where it is one too many. */
  pass(nowMs) {
    if (nowMs - this.#sinceMs >= MINUTE_MS || nowMs < this.#sinceMs) [this.#sinceMs, this.#passed] = [nowMs, 0];
    if (this.#passed >= this.#perMinute) {
      this.#omitted += 1;
      return undefined;
    }
    this.#passed += 1;
    const omitted = this.#omitted;
    this.#omitted = 0;
    return omitted > 0 ? { omitted } : {};
  }
}
