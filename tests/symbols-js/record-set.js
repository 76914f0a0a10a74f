// A set of records with everything that is summed over it.
import { addMod, multiplyMod } from "./arithmetic.js";
import { checkOf, counterOf, entryOf, idOf, isGreater, sha256, valueOf } from "./element.js";
import { cellsOf } from "./walk.js";

const BUCKETS = 4_096;
const CHECK_MODULUS = 2n ** 256n;

/** How many cells are served of a set of `n` records. */
export const servedCells = (n) => Math.min(16_384, Math.max(1_024, 2 * n));

/** A set of entries as `entryOf` makes them. Sums are made when they are asked for, and anew after a change. */
export class RecordSet {
  #entries = new Map(); // key → entry
  #ofId = new Map(); // id → Map of key → entry
  #sums = new Map(); // name → what was made since the last change

  /** A set of these records, the greatest of each key. */
  static of(records, identity = "record") {
    const set = new RecordSet(identity);
    for (const record of records) set.put(record);
    return set;
  }

  constructor(identity = "record") {
    this.identity = identity;
  }

  get size() {
    return this.#entries.size;
  }

  get entries() {
    return [...this.#entries.values()];
  }

  get records() {
    return this.entries.map(({ record }) => record);
  }

  /** Puts a record unless a greater one of its key is held; whether it was put. */
  put(record) {
    return this.putEntry(entryOf(record, this.identity));
  }

  putEntry(entry) {
    const held = this.#entries.get(entry.key);
    if (held && !isGreater(entry, held)) return false;
    this.#entries.set(entry.key, entry);
    const k = idOf(entry.key);
    if (!this.#ofId.has(k)) this.#ofId.set(k, new Map());
    this.#ofId.get(k).set(entry.key, entry);
    this.#sums.clear();
    return true;
  }

  remove(record) {
    const { key } = entryOf(record, this.identity);
    this.#entries.delete(key);
    this.#ofId.get(idOf(key))?.delete(key);
    this.#sums.clear();
  }

  /** Whether this record or a greater one of its key is held. */
  covers(record) {
    const entry = entryOf(record, this.identity);
    const held = this.#entries.get(entry.key);
    return held !== undefined && !isGreater(entry, held);
  }

  /** The entries with this id. */
  ofId(k) {
    return [...(this.#ofId.get(k)?.values() ?? [])];
  }

  /** The value of an id in a view; 0 if it has no element. */
  value(k, view) {
    return this.ofId(k).reduce((sum, entry) => addMod(sum, valueOf(entry, view)), 0);
  }

  /** The elements in a view, as `[id, value]`. */
  elements(view) {
    return this.#made(`elements ${view}`, () => {
      const ids = [...this.#ofId.keys()];
      return ids.map((k) => [k, this.value(k, view)]).filter(([, value]) => value !== 0);
    });
  }

  /** The cells `from … from + count − 1` of a view, as `{ b, a }`. */
  cells(view, from, count) {
    const wanted = from + count;
    const name = `cells ${view}`;
    if ((this.#sums.get(name)?.length ?? 0) < wanted) this.#sums.set(name, this.#makeCells(view, wanted));
    return this.#sums.get(name).slice(from, wanted);
  }

  #makeCells(view, count) {
    const cells = Array.from({ length: count }, () => ({ b: 0, a: 0 }));
    for (const [k, value] of this.elements(view)) {
      const product = multiplyMod(k, value);
      for (const index of cellsOf(k, view, count)) {
        const cell = cells[index];
        cell.b = addMod(cell.b, value);
        cell.a = addMod(cell.a, product);
      }
    }
    return cells;
  }

  /** The counters of a view. */
  counters(view) {
    return this.#made(`counters ${view}`, () => {
      const counters = new Int8Array(32);
      for (const [k, value] of this.elements(view)) {
        const { counter, change } = counterOf(k, value);
        counters[counter] += change;
      }
      return counters;
    });
  }

  /** The check of a view. */
  check(view) {
    return this.#made(`check ${view}`, () => {
      const sum = this.elements(view).reduce((total, [k, value]) => total + checkOf(view, k, value), 0n);
      return sum % CHECK_MODULUS;
    });
  }

  /** The digest of the set, in hex. */
  get digest() {
    return this.#made("digest", () => {
      const buckets = Array.from({ length: BUCKETS }, () => []);
      for (const { key, contentId } of this.#entries.values()) {
        const keyHash = sha256(key);
        buckets[keyHash.readUInt16BE(0) >> 4].push(Buffer.concat([keyHash, contentId]));
      }
      return sha256(...buckets.map((members) => sha256(...members.sort(Buffer.compare)))).toString("hex");
    });
  }

  #made(name, make) {
    if (!this.#sums.has(name)) this.#sums.set(name, make());
    return this.#sums.get(name);
  }
}
