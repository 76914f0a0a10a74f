// Whether a LevelDB is one of dbsharing at all, and not the task's own, which must not be written to.

import { RECORDS_SUBLEVEL } from "../core/level-root.js";
import { cannotRun } from "./command-error.js";

const MOST_CHARACTERS = 40; // of a key in a sentence

/** A key of something else in an open LevelDB; undefined where it has none. */
export async function foreignKey(db) {
  const { first, last } = rangeOfRecords(db);
  const [before] = await db.keys({ lt: first, limit: 1 }).all();
  const [after] = before === undefined ? await db.keys({ gt: last, limit: 1 }).all() : [];
  return before ?? after;
}

/** Refuses a LevelDB with keys of something else and no records. @throws {CommandError} */
export async function refuseForeign(db, folder) {
  const { first, last } = rangeOfRecords(db);
  const [ours] = await db.keys({ gte: first, lte: last, limit: 1 }).all();
  const foreign = ours === undefined ? await foreignKey(db) : undefined;
  if (foreign === undefined) return;
  const key = foreign.length > MOST_CHARACTERS ? `${foreign.slice(0, MOST_CHARACTERS)}…` : foreign;
  throw cannotRun(
    `the database in ${folder} is one of something else, with keys such as ${key}; name another folder, and bring the ` +
      `records along that are in this one: dbsharing import ${folder} --db ANOTHER`,
  );
}

function rangeOfRecords(db) {
  const records = db.sublevel(RECORDS_SUBLEVEL);
  return { first: records.prefixKey("", "utf8"), last: records.prefixKey("\uffff", "utf8") };
}
