// The database of `dbsharing node` and of the commands that work on its folder: opened, used and closed, with a sentence for
// everything that can go wrong.

import { fork } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { RECORDS_SUBLEVEL } from "../core/level-root.js";
import { levelStore } from "../stores/level.js";
import { CommandError, cannotRun, missingDriver } from "./command-error.js";
import { refuseForeign } from "./foreign-keys.js";
import { inWordsOfOptions } from "./library-words.js";

const KEYS_LOOKED_AT = 10;
/** The names that LevelDB gives the files of a database, except its own log and lock. */
export const FILE_OF_LEVEL = /^(?:CURRENT|MANIFEST-\d+|\d+\.(?:log|ldb|sst))$/;
/** Files that LevelDB makes only after the file CURRENT. */
const FILE_WITH_RECORDS = /^\d+\.(?:log|ldb|sst)$/;
const NO_DRIVER = /^Cannot find (?:package|module) 'classic-level'/;
export const WHEN_LOCKED = "stop that one first";
const WHEN_BEYOND_REPAIR = "move the folder away and start the node with a new one: it gets its records back from its peers";
const BEYOND_REPAIR = {
  code: "LEVEL_CORRUPTION",
  message: `it is damaged in a way that LevelDB cannot repair; ${WHEN_BEYOND_REPAIR}`,
};

/** What can be done about a LevelDB that is damaged. */
export const WHEN_DAMAGED = `dbsharing check --repair keeps what can still be read, or ${WHEN_BEYOND_REPAIR}`;

/** The option of every command that works on the folder of a node. */
export const dbOption = {
  db: {
    type: "string",
    placeholder: "FOLDER",
    default: "./data",
    value: "the folder of a database",
    says: "the database: the folder that dbsharing node --data was given",
  },
};

/**
 * The LevelDB in `folder`. `whenLocked` and `withoutDriver` say what else can be done; if `folder` is a copy, `called` is the
 * folder that the user named; with `mayBeForeign` it need not be a database of dbsharing.
 *
 * @throws {CommandError} if it cannot be opened, if it belongs to something else, or if the driver is not installed
 */
export async function openDatabase(folder, terms) {
  refuseWithoutCurrent(folder);
  const { ClassicLevel } = await levelDriver(terms);
  const db = new ClassicLevel(folder);
  try {
    await db.open();
  } catch (error) {
    throw openingFault(terms.called ?? folder, terms.whenLocked, error.cause ?? error);
  }
  if (!terms.mayBeForeign) await closeIfForeign(db, terms.called ?? folder);
  return db;
}

async function closeIfForeign(db, folder) {
  try {
    await refuseForeign(db, folder);
  } catch (error) {
    await db.close();
    throw isFaultOfDatabase({ cause: error }) ? databaseFault(folder, { message: error.message, cause: error }) : error;
  }
}

export function levelDriver({ command, withoutDriver }) {
  return import("classic-level").catch((cause) => {
    const what = `the database of dbsharing ${command}`;
    const [reason] = String(cause?.message ?? cause).split("\n");
    if (NO_DRIVER.test(reason)) throw missingDriver(what, "classic-level", { otherwise: withoutDriver, cause });
    throw cannotRun(`${what} needs classic-level, which is installed but cannot be loaded: ${reason}; install it again`, cause);
  });
}

/**
 * Lets LevelDB repair the database in `folder` if it is damaged: what cannot be read any more is moved to a folder in it.
 *
 * @throws {CommandError} as `openDatabase` does, if it is not there, is in use, or cannot be repaired
 */
export async function repairDatabase(folder, terms) {
  if (!hasFile(folder, FILE_OF_LEVEL)) refuseWhatIsNotThere(folder);
  await levelDriver(terms);
  const fault = await repairInChild(folder);
  const { code, message } = fault ?? BEYOND_REPAIR;
  if (code === "LEVEL_LOCKED") throw openingFault(folder, WHEN_LOCKED, fault);
  if (message !== undefined) throw new CommandError(`the database in ${folder} cannot be repaired: ${message}`, { code });
}

/** What the child reports; undefined if it ended without a report, which LevelDB can make it do. */
function repairInChild(folder) {
  const program = fileURLToPath(new URL("repair-level.js", import.meta.url));
  const child = fork(program, [folder], { stdio: ["ignore", "ignore", "ignore", "ipc"], execArgv: [] });
  return new Promise((resolve, reject) =>
    child
      .once("message", resolve)
      .once("error", reject)
      .once("close", () => resolve(undefined)),
  );
}

function openingFault(folder, whenLocked, cause) {
  const isLocked = cause.code === "LEVEL_LOCKED";
  const reason = ["EEXIST", "ENOTDIR"].includes(cause.code) ? "it is a file; wanted a folder" : cause.message;
  const fault = isLocked ? `is in use by another process; ${whenLocked}` : `cannot be opened: ${reason}`;
  return new CommandError(`the database in ${folder} ${fault}${remedyOf(cause)}`, { code: cause.code, cause });
}

function remedyOf({ code }) {
  return code === "LEVEL_CORRUPTION" ? `; it is damaged: ${WHEN_DAMAGED}` : "";
}

/**
 * Returns what `work(store, db)` returns. The database in `folder` and its store are open until then.
 *
 * @throws {CommandError} if there is no such database, unless `create` is true; and if it cannot be opened, or fails later
 */
export async function withStore(folder, { create = false, ...terms }, work) {
  if (!create) refuseWhatIsNotThere(folder);
  const db = await openDatabase(folder, { whenLocked: WHEN_LOCKED, ...terms });
  const store = levelStore(db);
  try {
    return await work(store, db);
  } catch (error) {
    const hasSentence = error instanceof CommandError || !isFaultOfDatabase(error);
    throw hasSentence ? error : databaseFault(terms.called ?? folder, error);
  } finally {
    await store.close();
    await db.close();
  }
}

/**
 * A function that resolves with the share of all records before a key, from 0 to 1, by their size on the disk; NaN while
 * they have none. LevelDB knows this from its index, without reading any record.
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

// LevelDB makes the folder even if it is told not to make a database.
function refuseWhatIsNotThere(folder) {
  if (!existsSync(folder))
    throw cannotRun(`there is no folder ${folder}; wanted in --db: the folder that was given to node --data`);
  refuseWithoutCurrent(folder);
  if (!existsSync(join(folder, "CURRENT")))
    throw cannotRun(`there is no database in the folder ${folder}; wanted in --db: the folder that was given to node --data`);
}

// LevelDB would make a new database there, and remove the files of the one that has lost its file CURRENT.
function refuseWithoutCurrent(folder) {
  if (existsSync(join(folder, "CURRENT")) || !hasFile(folder, FILE_WITH_RECORDS)) return;
  throw openingFault(folder, WHEN_LOCKED, { code: "LEVEL_CORRUPTION", message: "its file CURRENT is missing" });
}

function hasFile(folder, names) {
  return filesIn(folder).some((name) => names.test(name));
}

/** Empty if the folder cannot be read: LevelDB, or the next step, says why. */
function filesIn(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isFaultOfDatabase({ cause }) {
  return String(cause?.code).startsWith("LEVEL_");
}

function databaseFault(folder, { message, cause }) {
  const what = `the database in ${folder} failed: ${inWordsOfOptions(message)}${remedyOf(cause)}`;
  return new CommandError(what, { code: cause.code, cause });
}

/**
 * Refuses a database with keys of the other identity: both in one database would be two sets of records, of which each node
 * sees one. A few keys of the other one may be damage.
 *
 * @throws {CommandError}
 */
export async function refuseOtherIdentity(store, identity) {
  const held = new Set();
  for await (const { key } of store.entries({ limit: KEYS_LOOKED_AT })) held.add(key.includes("/") ? "record" : "owner");
  if (held.size === 0 || held.has(identity)) return;
  throw otherIdentityFault(identity);
}

/** The error of a database that was written with the other identity. */
export function otherIdentityFault(identity, cause) {
  const other = identity === "owner" ? "record" : "owner";
  return cannotRun(`the database was written with --identity ${other}, not ${identity}; give --identity ${other}`, cause);
}
