// A Store made of the least that a task can supply: all its records, and a way to put one.
//
// Such a database has no versions, so they are computed from the records; it has no conditional write, so it is read
// before each batch; it says nothing about what became of a write, so it is read again afterwards. What the task put
// there itself may be forged: what does not verify counts as absent.
import { coded } from "./errors.js";
import { checkEntries, decideWrites } from "./store-contract.js";
import { textOf } from "./text.js";
import { turn } from "./timing.js";

/** So many records are put between two turns of the event loop. */
const PUTS_AT_ONCE = 100;

/** Gives a Store over `{ getAll, put }`. */
export function simpleDbStore(db, terms) {
  return new ReadBackStore({
    ...terms,
    readAll: ["getAll", () => db.getAll()],
    put: ["put", (key, record) => db.put(key, record)],
    isSafe: () => true,
  });
}

/** A Store over a database that can only be read whole. */
export class ReadBackStore {
  #readAll;
  #put;
  #isSafe;
  #reader;
  #logger;
  #queue = Promise.resolve();
  #timeouts = 0;

  /**
   * `readAll` and `put` are pairs of a method's name and a function that calls it; `timed(name, work)` gives each call
   * its time; `reader` judges records, and is what js/sharing.js supplies.
   */
  constructor({ readAll: [readAllName, readAll], put: [putName, put], isSafe, timed, reader, logger }) {
    this.#readAll = () => timed(readAllName, async () => listOf(await readAll()));
    this.#put = (key, record) => timed(putName, () => put(key, record));
    this.#isSafe = isSafe;
    this.#reader = reader;
    this.#logger = logger;
  }

  async getMany(keys) {
    const held = await this.#read();
    return keys.map((key) => held.get(key));
  }

  async *entries({ gt, limit = Infinity } = {}) {
    const entries = [...(await this.#read()).values()].filter(({ key }) => gt === undefined || key > gt);
    yield* entries.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit);
  }

  write(entries) {
    checkEntries(entries);
    const timeouts = this.#timeouts;
    // One batch at a time: between reading and writing nobody else of this process may write.
    const done = this.#queue.then(() => {
      if (timeouts === this.#timeouts) return this.#write(entries);
      throw coded("STORE_TIMEOUT", "the db did not answer the write before this one in time");
    });
    this.#queue = done.catch((error) => {
      if (error.code === "STORE_TIMEOUT") this.#timeouts += 1;
    });
    return done;
  }

  async #write(entries) {
    const held = await this.#read();
    const { outcomes, winners } = decideWrites(entries, entries.map(({ key }) => held.get(key)?.version));
    const safe = winners.filter((entry) => this.#isSafe(entry.text));
    await this.#putAll(safe);
    if (safe.length > 0) await this.#checkStored(safe);
    const put = new Set(safe);
    return outcomes.map((outcome, at) => (outcome === "written" && !put.has(entries[at]) ? "unsafe" : outcome));
  }

  /** Puts every entry, also after one that the database refuses, or one record could keep out all others. */
  async #putAll(entries) {
    let failure;
    for (const [at, { key, text }] of entries.entries()) {
      if (at % PUTS_AT_ONCE === 0) await turn();
      try {
        await this.#put(key, storable(text));
      } catch (error) {
        if (error.code === "STORE_TIMEOUT") throw error;
        failure ??= error;
      }
    }
    if (failure) throw failure;
  }

  async #checkStored(entries) {
    const held = await this.#read();
    const dropped = entries.filter(({ key, version }) => !(held.get(key)?.version >= version));
    if (dropped.length > 0) {
      const counts = `${entries.length} records and does not hold ${dropped.length} of them`;
      throw coded("STORE_DROPPED", `the db acknowledged ${counts}`);
    }
  }

  /** What the database holds: key → entry, the greatest version where it holds several of one key. */
  async #read() {
    const { entries, refused } = await this.#reader(await this.#readAll(), recordText);
    if (refused > 0) this.#logger.warn(`dbsharing: ${refused} records of the db break the rules and count as absent`);
    const held = new Map();
    for (const entry of entries) {
      if (!(held.get(entry.key)?.version >= entry.version)) held.set(entry.key, entry);
    }
    return held;
  }
}

/**
 * The record without `_id`, which document databases take for their own: with the `_id` of another document, put there
 * by whoever passed the record on, it could not be stored.
 */
function storable(text) {
  const { _id, ...record } = JSON.parse(text);
  return record;
}

/** The records as an array: of an array, an iterable of either kind, JSON text, or nothing. */
async function listOf(all) {
  if (all === null || all === undefined) return [];
  if (typeof all === "string") return listOf(JSON.parse(all));
  if (Array.isArray(all)) return all;
  const list = [];
  for await (const record of all) list.push(record);
  return list;
}

/** An item of the database as a record's JSON text; "null", which is no record, where it has none. */
function recordText(item) {
  const record = item?.data === undefined && typeof item?.value === "object" ? item.value : item;
  return textOf(record) ?? "null";
}
