// Which keys of a store changed since a mark, for stores that are notified of every change while they are open.

const MOST_KEYS = 10_000;

let logs = 0;

/** The keys that changed recently, each with its last change. All but the newest 10 000 are forgotten. */
export class ChangedKeys {
  #name;
  #changes = 0; // how many there were
  #numberByKey = new Map(); // key → the number of its last change; in the order of these
  #forgotten = 0; // the number of the last change that is forgotten

  constructor() {
    logs += 1;
    // Names this object in this process: marks of any other are unknown here.
    this.#name = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}-${logs}`;
  }

  /** Notes that the key was written or removed. */
  note(key) {
    this.#changes += 1;
    this.#numberByKey.delete(key);
    this.#numberByKey.set(key, this.#changes);
    if (this.#numberByKey.size <= MOST_KEYS) return;
    const [[oldest, number]] = this.#numberByKey;
    this.#numberByKey.delete(oldest);
    this.#forgotten = number;
  }

  /** Notes that any key may have changed, so that all earlier marks become unknown. */
  noteAll() {
    this.#changes += 1;
    this.#numberByKey.clear();
    this.#forgotten = this.#changes;
  }

  /** A mark for this moment. */
  mark() {
    return `${this.#name}:${this.#changes}`;
  }

  /** The keys that changed after the mark; undefined where the mark is unknown, or some of them are forgotten. */
  since(mark) {
    const number = this.#numberOf(mark);
    if (number === undefined || number < this.#forgotten) return undefined;
    if (number === this.#changes) return [];
    return [...this.#numberByKey].filter(([, changed]) => changed > number).map(([key]) => key);
  }

  #numberOf(mark) {
    const [name, digits, ...rest] = typeof mark === "string" ? mark.split(":") : [];
    if (name !== this.#name || !/^\d{1,16}$/.test(digits) || rest.length > 0) return undefined;
    return Number(digits) <= this.#changes ? Number(digits) : undefined;
  }
}

/**
 * The `changes(since)` of a store that notes its changes in `log`. The mark is taken before the versions are read, so
 * that what changes meanwhile is reported again.
 *
 * @param {ChangedKeys} log
 * @param {(keys: string[]) => (string | undefined)[] | Promise<(string | undefined)[]>} versionsOf what the database
 *   holds of these keys, in their order
 */
export async function changesIn(log, since, versionsOf) {
  const mark = log.mark();
  const keys = log.since(since);
  // Also asked for no keys, so that a failing database is not taken for one in which nothing changed.
  const versions = await versionsOf(keys ?? []);
  return keys === undefined ? { mark } : { mark, entries: keys.map((key, at) => ({ key, version: versions[at] })) };
}
