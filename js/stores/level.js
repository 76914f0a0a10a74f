// Records in a LevelDB, through any abstract-level 2 or 3: classic-level, memory-level, browser-level. The driver is
// the caller's; so is everything else in the database, because records live in a sublevel of their own.

import { ChangedKeys, changesIn } from "../core/changed-keys.js";
import { kindName } from "../core/kind-name.js";
import { RECORDS_SUBLEVEL, levelRootOf, putOf, removalOf } from "../core/level-root.js";
import { wrongArgument } from "../core/option-errors.js";
import { StoreCalls } from "../core/store-calls.js";
import { claimOf, isKey, shortened } from "../core/store-contract.js";
import { refuseOptions } from "../core/store-options.js";
import { storeOver } from "../core/store-over.js";
import { stillHeld, writeNewerThanHeld } from "../core/store-writes.js";
import { entryOfValue, versionOfValue } from "../core/stored-values.js";

const PAGE_ENTRIES = 500;
const IN_USE = "the database is in use by another process, or by another database object of this one";
const NOT_OPEN = "LEVEL_DATABASE_NOT_OPEN";

/**
 * A store in a sublevel of `db`. A batch is one atomic LevelDB batch, on the disk before `write` resolves.
 * `close()` waits for writes under way and leaves `db` open, because its owner may still use it. `changes` reports what
 * is written and removed through any handle of this process.
 *
 * One database serves one process; the driver refuses a second one with `LEVEL_LOCKED`. For two collections in one
 * database give each its own part: `levelStore(db.sublevel("first"))`.
 *
 * @param {object} db an abstract-level database
 * @returns {import("../index.js").Store}
 * @throws {TypeError} when `db` is not such a database
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
  let isFollowing = false; // nothing is noted before the first look
  const calls = new StoreCalls("levelStore", { run, reasonOf });

  async function run(work) {
    try {
      // After the database was closed and opened again, its sublevels are still closed.
      if (records.status === "closed" && root.database.status === "open") await records.open();
      return await work();
    } catch (fault) {
      throw fault?.code === NOT_OPEN ? (root.openingFault ?? fault) : fault;
    }
  }

  async function* pages({ gt, limit }, attempt) {
    const iterator = await attempt(() => records.iterator(gt === undefined ? {} : { gt }));
    try {
      for (let left = limit; left > 0; ) {
        const found = await attempt(() => iterator.nextv(Math.min(PAGE_ENTRIES, left)));
        if (found.length === 0) return;
        const page = found.filter(([key]) => isKey(key)).map(([key, value]) => entryOfValue(key, value));
        yield page;
        left -= page.length;
      }
    } finally {
      await iterator.close();
    }
  }

  async function getMany(keys) {
    return (await records.getMany(keys)).map((value, index) => entryOfValue(keys[index], value));
  }

  async function heldVersions(keys) {
    return (await records.getMany(keys)).map(versionOfValue);
  }

  function put(entries) {
    return root.batch(records, entries.map(putOf));
  }

  function remove(entries) {
    return root.batch(records, entries.map(removalOf));
  }

  function changesSince(since) {
    if (!isFollowing) root.follow(records.prefix, changed);
    isFollowing = true;
    return changesIn(changed, since, heldVersions);
  }

  const store = storeOver(calls, {
    getMany,
    entryPages: pages,
    versionPages: (attempt) => pages({ limit: Infinity }, attempt),
    write: (entries) => root.oneAtATime(() => writeNewerThanHeld(entries, heldVersions, put)),
    remove: (entries) => root.oneAtATime(async () => remove(await stillHeld(entries, heldVersions))),
    changes: root.reportsChanges ? changesSince : undefined,
    close: () => root.unfollow(changed),
  });
  return { ...store, claim: claimOf(root.database, records.prefix, 'levelStore(db.sublevel("another"))') };
}

function checkDatabase(db) {
  if (["sublevel", "getMany", "batch", "iterator"].every((method) => typeof db?.[method] === "function")) return;
  throw wrongArgument("levelStore(db)", kindName(db), "an abstract-level database, for example new ClassicLevel(path)");
}

function reasonOf(cause) {
  if ([cause?.code, cause?.cause?.code].includes("LEVEL_LOCKED")) return IN_USE;
  if (cause?.code === NOT_OPEN) return `${cause.message}: it was closed, or could not be opened`;
  const reason = cause?.cause?.message ? `${cause.message} (${cause.cause.message})` : String(cause?.message ?? cause);
  return shortened(reason);
}
