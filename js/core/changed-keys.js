// Which keys of a store changed since a mark, for stores that are notified of every change while they are open.

import { turn } from "./timing.js";

const MOST_KEYS = 10_000;
/** How many versions are read between two turns of the event loop. */
const READ_AT_ONCE = 500;

let logs = 0;

/** The keys that changed recently, each with its last change. All but the newest 10 000 are forgotten. */
export class ChangedKeys {
  #name;
  #changes = 0; // how many there were
  #lastByKey = new Map(); // key → { number, version } of its last change; in the order of these
  #forgotten = 0; // the number of the last change that is forgotten

  constructor() {
    logs += 1;
    // Names this object in this process: marks of any other are unknown here.
    this.#name = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}-${logs}`;
  }

  /** Notes that the key was written or removed; `version` is what it holds since then, where that is certain. */
  note(key, version) {
    this.#changes += 1;
    this.#lastByKey.delete(key);
    this.#lastByKey.set(key, { number: this.#changes, version });
    if (this.#lastByKey.size <= MOST_KEYS) return;
    const [[oldest, { number }]] = this.#lastByKey;
    this.#lastByKey.delete(oldest);
    this.#forgotten = number;
  }

  /** Notes that any key may have changed, so that all earlier marks become unknown. */
  noteAll() {
    this.#changes += 1;
    this.#lastByKey.clear();
    this.#forgotten = this.#changes;
  }

  /** A mark for this moment. */
  mark() {
    return `${this.#name}:${this.#changes}`;
  }

  /**
   * The keys that changed after the mark, each with the version that it is known to hold now, undefined where it has to be
   * read. Undefined where the mark is unknown, or some of them are forgotten.
   */
  since(mark) {
    const number = this.#numberOf(mark);
    if (number === undefined || number < this.#forgotten) return undefined;
    if (number === this.#changes) return [];
    const changed = [];
    for (const [key, last] of this.#lastByKey) if (last.number > number) changed.push({ key, version: last.version });
    return changed;
  }

  #numberOf(mark) {
    const [name, digits, ...rest] = typeof mark === "string" ? mark.split(":") : [];
    if (name !== this.#name || !/^\d{1,16}$/.test(digits) || rest.length > 0) return undefined;
    return Number(digits) <= this.#changes ? Number(digits) : undefined;
  }
}

/**
 * The `changes(since)` of a store that notes its changes in `log`. The mark is taken before the versions are read, so
 * that what changes meanwhile is reported again. Other work has its turn between two parts of a long list.
 *
 * @param {ChangedKeys} log
 * @param {(keys: string[]) => (string | undefined)[] | Promise<(string | undefined)[]>} versionsOf what the database
 *   holds of these keys, in their order
 */
export async function changesIn(log, since, versionsOf) {
  const mark = log.mark();
  const entries = log.since(since);
  const unread = (entries ?? []).filter(({ version }) => version === undefined);
  // Also asked for no keys, so that a failing database is not taken for one in which nothing changed.
  for (let at = 0; at === 0 || at < unread.length; at += READ_AT_ONCE) {
    if (at > 0) await turn();
    const part = unread.slice(at, at + READ_AT_ONCE);
    const versions = await versionsOf(part.map(({ key }) => key));
    part.forEach((entry, index) => (entry.version = versions[index]));
  }
  return entries === undefined ? { mark } : { mark, entries };
}
