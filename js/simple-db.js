// A Store made of the least that a task can supply: all its records, and a way to put one.
//
// Such a database has no versions, so they are computed from the records; it has no conditional write, so it is read
// before each batch; it says nothing about what became of a write, so it is read again afterwards. What the task put
// there itself may be forged: what does not verify counts as absent.
import { coded } from "./errors.js";
import { checkEntries, decideWrites } from "./store-contract.js";

/** Gives a Store over `{ getAll, put }`. `reader` is what `js/sharing.js` supplies to judge records. */
export function simpleDbStore(db, reader, logger) {
  return new ReadBackStore({
    readAll: () => db.getAll(),
    put: (key, record) => db.put(key, record),
    isSafe: () => true,
    reader,
    logger,
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

  constructor({ readAll, put, isSafe, reader, logger }) {
    this.#readAll = readAll;
    this.#put = put;
    this.#isSafe = isSafe;
    this.#reader = reader;
    this.#logger = logger;
  }

  /** The task may change its database behind our back, and nothing tells of it. */
  get changesSilently() {
    return true;
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
    // One batch at a time: between reading and writing nobody else of this process may write.
    const done = this.#queue.then(() => this.#write(entries));
    this.#queue = done.catch(() => {});
    return done;
  }

  async #write(entries) {
    const held = await this.#read();
    const { outcomes, winners } = decideWrites(entries, entries.map(({ key }) => held.get(key)?.version));
    const safe = winners.filter((entry) => this.#isSafe(entry.text));
    for (const { key, text } of safe) await this.#put(key, JSON.parse(text));
    if (safe.length > 0) await this.#checkStored(safe);
    const unsafe = new Set(winners.filter((entry) => !safe.includes(entry)));
    return outcomes.map((outcome, at) => (unsafe.has(entries[at]) ? "unsafe" : outcome));
  }

  async #checkStored(entries) {
    const held = await this.#read();
    const dropped = entries.filter(({ key, version }) => !(held.get(key)?.version >= version));
    if (dropped.length > 0) {
      throw coded("STORE_DROPPED", `the db acknowledged ${entries.length} records and does not hold ${dropped.length} of them`);
    }
  }

  /** What the database holds: key → entry, the greatest version where it holds several of one key. */
  async #read() {
    const texts = textsOf(await listOf(await this.#readAll()));
    const { entries, refused } = await this.#reader(texts);
    if (refused > 0) this.#logger.warn(`dbsharing: ${refused} records of the db break the rules and count as absent`);
    const held = new Map();
    for (const entry of entries) {
      if (!(held.get(entry.key)?.version >= entry.version)) held.set(entry.key, entry);
    }
    return held;
  }
}

/** The records as an array: of an array, an iterable, an object with none, JSON text, or nothing. */
async function listOf(all) {
  if (all === null || all === undefined) return [];
  if (typeof all === "string") return listOf(JSON.parse(all));
  if (Array.isArray(all)) return all;
  const list = [];
  for await (const record of all) list.push(record);
  return list;
}

function textsOf(records) {
  return records.map((item) => {
    const record = item?.data === undefined && typeof item?.value === "object" ? item.value : item;
    return JSON.stringify(record) ?? "null";
  });
}
