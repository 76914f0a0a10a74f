// Records in a LevelDB, through any abstract-level 2 or 3: classic-level, memory-level, browser-level. The driver is
// the caller's; so is everything else in the database, because records live in a sublevel of their own.

import { ChangedKeys, changesIn } from "../core/changed-keys.js";
import { invalid } from "../core/option-errors.js";
import { kindName } from "../core/kind-name.js";
import { RECORDS_SUBLEVEL, levelRootOf } from "../core/level-root.js";
import {
  changeOf,
  checkEntries,
  claimOf,
  decideWrites,
  isKey,
  isVersion,
  readOf,
  shortened,
  VERSION_LENGTH,
} from "../core/store-contract.js";
import { refuseOptions } from "../core/store-options.js";

const PAGE_ENTRIES = 500;
const IN_USE = "the database is in use by another process, or by another database object of this one";
const NOT_OPEN = "LEVEL_DATABASE_NOT_OPEN";

/**
 * A store in a sublevel of `db`. A batch is one atomic LevelDB batch, on the disk before `write` resolves.
 * `close()` waits for writes under way and leaves `db` open, because who made it may still use it. `changes` reports
 * what is written and removed through any handle of this process.
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
export function levelStore(db, options) {
  checkDatabase(db);
  refuseOptions(options, 'levelStore(db) takes no options: another part of the database is levelStore(db.sublevel("another"))');
  const root = levelRootOf(db);
  const records = db.sublevel(RECORDS_SUBLEVEL, { keyEncoding: "utf8", valueEncoding: "utf8" });
  const changed = new ChangedKeys();
  let isFollowing = false; // what nobody asks for need not be noted
  let closed = false;

  async function attempt(what, work) {
    if (closed) throw new Error(`levelStore could not ${what}: this store is closed`);
    try {
      // Who closed the database and opened it again finds its sublevels closed.
      if (records.status === "closed" && root.database.status === "open") await records.open();
      return await work();
    } catch (fault) {
      const cause = fault?.code === NOT_OPEN ? (root.openingFault ?? fault) : fault;
      throw new Error(`levelStore could not ${what}: ${reasonOf(cause)}`, { cause });
    }
  }

  async function* pages(what, { gt, limit = Infinity } = {}) {
    const iterator = await attempt(what, () => records.iterator(gt === undefined ? {} : { gt }));
    try {
      for (let left = limit; left > 0; ) {
        const found = await attempt(what, () => iterator.nextv(Math.min(PAGE_ENTRIES, left)));
        if (found.length === 0) return;
        const page = found.filter(([key]) => isKey(key));
        yield page;
        left -= page.length;
      }
    } finally {
      await iterator.close();
    }
  }

  async function heldVersions(keys) {
    return (await records.getMany(keys)).map(versionOf);
  }

  async function writeNewer(entries) {
    const { outcomes, winners } = decideWrites(entries, await heldVersions(entries.map(({ key }) => key)));
    const puts = winners.map(({ key, version, text }) => ({ type: "put", key, value: version + text }));
    await root.batch(records, puts);
    return outcomes;
  }

  async function removeUnchanged(entries) {
    const held = await heldVersions(entries.map(({ key }) => key));
    const unchanged = entries.filter(({ version }, at) => held[at] === version);
    await root.batch(
      records,
      unchanged.map(({ key }) => ({ type: "del", key })),
    );
  }

  function changesSince(since) {
    if (!isFollowing) root.follow(records.prefix, changed);
    isFollowing = true;
    return changesIn(changed, since, heldVersions);
  }

  return {
    async getMany(keys) {
      const values = await attempt(readOf(keys), () => records.getMany(keys));
      return values.map((value, index) => entryOf(keys[index], value));
    },

    async *entries(range) {
      for await (const page of pages("list its entries", range)) {
        for (const [key, value] of page) yield entryOf(key, value);
      }
    },

    async *versions() {
      for await (const page of pages("list its versions")) {
        for (const [key, value] of page) yield { key, version: versionOf(value) };
      }
    },

    async write(entries) {
      checkEntries(entries);
      return attempt(changeOf("write", entries), () => root.oneAtATime(() => writeNewer(entries)));
    },

    async remove(entries) {
      return attempt(changeOf("remove", entries), () => root.oneAtATime(() => removeUnchanged(entries)));
    },

    ...(root.canTell && {
      changes: (since) => attempt("look for changes", () => changesSince(since)),
    }),

    claim: claimOf(root.database, records.prefix, 'levelStore(db.sublevel("another"))'),

    async close() {
      closed = true;
      root.unfollow(changed);
      await root.ended();
    },
  };
}

function checkDatabase(db) {
  if (["sublevel", "getMany", "batch", "iterator"].every((method) => typeof db?.[method] === "function")) return;
  const wanted = "an abstract-level database, for example new ClassicLevel(path)";
  throw invalid(TypeError, `levelStore(db) wants ${wanted}; it got ${kindName(db)}`);
}

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
  if ([cause?.code, cause?.cause?.code].includes("LEVEL_LOCKED")) return IN_USE;
  if (cause?.code === NOT_OPEN) return `${cause.message}: it was closed, or could not be opened`;
  const reason = cause?.cause?.message ? `${cause.message} (${cause.cause.message})` : String(cause?.message ?? cause);
  return shortened(reason);
}
