// Whether a LevelDB belongs to dbsharing. If not, it may be the task's database, which must not be written to.

import { RECORDS_SUBLEVEL } from "../core/level-root.js";
import { cannotRun } from "./command-error.js";
import { shortened } from "./output.js";

const MAX_KEY_CHARACTERS = 40; // in a sentence

/** A key that dbsharing did not write to an open LevelDB; undefined if there is none. */
export async function foreignKey(db) {
  const { first, last } = rangeOfRecords(db);
  const [before] = await db.keys({ lt: first, limit: 1 }).all();
  const [after] = before === undefined ? await db.keys({ gt: last, limit: 1 }).all() : [];
  return before ?? after;
}

/** Refuses a LevelDB that holds no records of dbsharing, but keys of something else. @throws {CommandError} */
export async function refuseForeign(db, folder) {
  const { first, last } = rangeOfRecords(db);
  const [ours] = await db.keys({ gte: first, lte: last, limit: 1 }).all();
  const foreign = ours === undefined ? await foreignKey(db) : undefined;
  if (foreign === undefined) return;
  throw cannotRun(
    `the database in ${folder} belongs to something else, with keys such as ${shortened(foreign, MAX_KEY_CHARACTERS)}; name ` +
      `another folder, and copy the records of this one to it: dbsharing import ${folder} --db ANOTHER`,
  );
}

function rangeOfRecords(db) {
  const records = db.sublevel(RECORDS_SUBLEVEL);
  return { first: records.prefixKey("", "utf8"), last: records.prefixKey("\uffff", "utf8") };
}
