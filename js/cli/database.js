// The database of `dbsharing node` and of the commands over its folder: opened, used and closed, with a sentence for
// what can go wrong.

import { existsSync } from "node:fs";
import { join } from "node:path";

import { RECORDS_SUBLEVEL } from "../core/level-root.js";
import { levelStore } from "../stores/level.js";
import { CommandError, cannotRun, missingDriver, negativeResult } from "./command-error.js";

/** The option of every command that works on a node's folder. */
export const dbOption = {
  db: {
    type: "string",
    placeholder: "FOLDER",
    default: "./data",
    value: "the folder of a database",
    says: "the database: the folder that dbsharing node --data was given",
  },
};

/** The option of every command that makes keys of records. */
export const identityOption = {
  identity: {
    type: "string",
    placeholder: "record|owner",
    choices: ["record", "owner"],
    default: "record",
    value: "record or owner",
    says: "one record for each key and uuid, or one for each key; the same as for the node",
  },
};

/**
 * The LevelDB in `folder`. `whenLocked` and `withoutDriver` say what else could be done.
 *
 * @throws {CommandError} when it cannot be opened, or the driver is not installed
 */
export async function openDatabase(folder, { command, whenLocked, withoutDriver }) {
  const { ClassicLevel } = await import("classic-level").catch((cause) => {
    throw missingDriver(`the database of dbsharing ${command}`, "classic-level", { otherwise: withoutDriver, cause });
  });
  const db = new ClassicLevel(folder);
  try {
    await db.open();
  } catch (error) {
    throw openingFault(folder, whenLocked, error.cause ?? error);
  }
  return db;
}

function openingFault(folder, whenLocked, cause) {
  const isLocked = cause.code === "LEVEL_LOCKED";
  const fault = isLocked ? `is in use by another process; ${whenLocked}` : `cannot be opened: ${cause.message}`;
  return new CommandError(`the database in ${folder} ${fault}`, { code: cause.code, cause });
}

/**
 * What `work(store, db)` gives, which has the database in `folder`, and the store of it, until it settles.
 *
 * @throws {CommandError} when there is no such database, unless `create` says to make it; when it cannot be opened; and
 * with exit code 1 when it fails later on
 */
export async function withStore(folder, { command, create = false }, work) {
  if (!create) refuseWhatIsNotThere(folder);
  const db = await openDatabase(folder, { command, whenLocked: "stop that one first" });
  const store = levelStore(db);
  try {
    return await work(store, db);
  } catch (error) {
    throw isFaultOfDatabase(error) ? databaseFault(folder, error) : error;
  } finally {
    await store.close();
    await db.close();
  }
}

/**
 * A function that promises what part of all records stands before a key, from 0 to 1, by what they take on the disk; NaN
 * where they take nothing yet. LevelDB knows this from its index, without reading any of them.
 */
export function partBeforeKey(db) {
  const records = db.sublevel(RECORDS_SUBLEVEL);
  const place = (key) => records.prefixKey(key, "utf8");
  const [first, last] = [place(""), place("\uffff")];
  let size;
  return async (key) => {
    size ??= await db.approximateSize(first, last);
    return (await db.approximateSize(first, place(key))) / size;
  };
}

// LevelDB would make the folder, even where it is told not to make a database.
function refuseWhatIsNotThere(folder) {
  if (!existsSync(folder)) throw cannotRun(`there is no folder ${folder}; --db names the database of a node, which is what node --data was given`);
  if (!existsSync(join(folder, "CURRENT"))) throw cannotRun(`there is no database in the folder ${folder}`);
}

function isFaultOfDatabase({ cause }) {
  return String(cause?.code).startsWith("LEVEL_");
}

function databaseFault(folder, { message, cause }) {
  return negativeResult(`the database in ${folder} failed: ${message}`, cause.code);
}
