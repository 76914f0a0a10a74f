// A limit on events that others can cause at will: a flood of them must not fill the disk of a log.

const MINUTE_MS = 60_000;

/** Lets `perMinute` events through in a minute. The first event of the next minute says how many were left out. */
export class RateLimit {
  #perMinute;
  #sinceMs = -Infinity;
  #passed = 0;
  #omitted = 0;

  constructor(perMinute) {
    this.#perMinute = perMinute;
  }

  /** What to add to an event at this time: `{ omitted }` or `{}`; undefined if the event is over the limit. */
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
