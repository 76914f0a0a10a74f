// Records in a LevelDB, through any abstract-level 2 or 3: classic-level, memory-level, browser-level. The driver is
// the caller's; so is everything else in the database, because records live in a sublevel of their own.

import { VERSION_LENGTH, checkEntries, decideWrites, isVersion } from "../core/store-contract.js";

const SUBLEVEL_NAME = "dbsharing";
const PAGE_ENTRIES = 500;

// The last write under way of each database. LevelDB has no conditional write, so to compare and then write is only
// safe one write at a time, however many stores were made over the same database.
const lastWrites = new WeakMap();

/**
 * A store in a sublevel of `db`. A batch is one atomic LevelDB batch, on the disk before `write` resolves.
 * `close()` waits for writes under way and leaves `db` open, because who made it may still use it.
 *
 * One database serves one process; the driver refuses a second one with `LEVEL_LOCKED`. For two collections in one
 * database give each its own part: `levelStore(db.sublevel("first"))`.
 *
 * @param {object} db an abstract-level database
 * @returns {import("../index.js").Store}
 * @throws {TypeError} when `db` is no such database
 * @example
 * import { ClassicLevel } from "classic-level";
 * const db = levelStore(new ClassicLevel("./records"));
 */
export function levelStore(db) {
  checkDatabase(db);
  const root = rootOf(db);
  const records = db.sublevel(SUBLEVEL_NAME, { keyEncoding: "utf8", valueEncoding: "utf8" });
  let closed = false;

  async function attempt(what, work) {
    if (closed) throw new Error(`levelStore could not ${what}: this store is closed`);
    try {
      return await work();
    } catch (cause) {
      throw new Error(`levelStore could not ${what}: ${reasonOf(cause)}`, { cause });
    }
  }

  async function* pages(what, range) {
    const iterator = await attempt(what, () => records.iterator(range));
    try {
      for (;;) {
        const page = await attempt(what, () => iterator.nextv(PAGE_ENTRIES));
        if (page.length === 0) return;
        yield page;
      }
    } finally {
      await iterator.close();
    }
  }

  async function writeNewer(entries) {
    const held = await records.getMany(entries.map(({ key }) => key));
    const { outcomes, winners } = decideWrites(entries, held.map(versionOf));
    const puts = winners.map(({ key, version, text }) => ({ type: "put", key, value: version + text }));
    // sync: an acknowledged write is on the disk, not only in the system's cache.
    if (puts.length > 0) await records.batch(puts, { sync: true });
    return outcomes;
  }

  async function removeUnchanged(entries) {
    const held = await records.getMany(entries.map(({ key }) => key));
    const unchanged = entries.filter(({ version }, at) => versionOf(held[at]) === version);
    await records.batch(unchanged.map(({ key }) => ({ type: "del", key })), { sync: true });
  }

  return {
    async getMany(keys) {
      const values = await attempt(`read ${keys.length} keys`, () => records.getMany(keys));
      return values.map((value, index) => entryOf(keys[index], value));
    },

    async *entries({ gt, limit } = {}) {
      const range = { ...(gt !== undefined && { gt }), ...(limit !== undefined && { limit }) };
      for await (const page of pages("list its entries", range)) {
        for (const [key, value] of page) yield entryOf(key, value);
      }
    },

    async *versions() {
      for await (const page of pages("list its versions", {})) {
        for (const [key, value] of page) yield { key, version: versionOf(value) };
      }
    },

    async write(entries) {
      checkEntries(entries);
      return attempt(`write ${entries.length} entries`, () => oneAtATime(root, () => writeNewer(entries)));
    },

    async remove(entries) {
      return attempt(`remove ${entries.length} entries`, () => oneAtATime(root, () => removeUnchanged(entries)));
    },

    async close() {
      closed = true;
      await lastWrites.get(root);
    },
  };
}

function checkDatabase(db) {
  if (["sublevel", "getMany", "batch", "iterator"].every((method) => typeof db?.[method] === "function")) return;
  const wanted = "an abstract-level database, for example new ClassicLevel(path)";
  throw new TypeError(`levelStore(db) wants ${wanted}; it got ${db === null ? "null" : typeof db}`);
}

// Two sublevel objects of one name hold the same data, so it is the database under them that is locked.
function rootOf(db) {
  return db.parent ? rootOf(db.parent) : db;
}

function oneAtATime(root, work) {
  const result = (lastWrites.get(root) ?? Promise.resolve()).then(work);
  lastWrites.set(root, result.then(ignore, ignore));
  return result;
}

function ignore() {}

function entryOf(key, value) {
  if (value === undefined) return undefined;
  const version = versionOf(value);
  return { key, version, text: value.slice(version.length) };
}

// A value that something else has damaged counts as older than any record, so that a good copy replaces it.
function versionOf(value) {
  if (value === undefined) return undefined;
  const version = value.slice(0, VERSION_LENGTH);
  return isVersion(version) ? version : "";
}

function reasonOf(cause) {
  return cause?.cause?.message ? `${cause.message} (${cause.cause.message})` : String(cause?.message ?? cause);
}
