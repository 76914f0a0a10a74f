// The database of `dbsharing node` and of the commands over its folder: opened, used and closed, with a sentence for
// what can go wrong.

import { fork } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { RECORDS_SUBLEVEL } from "../core/level-root.js";
import { levelStore } from "../stores/level.js";
import { CommandError, cannotRun, missingDriver } from "./command-error.js";
import { refuseForeign } from "./foreign-keys.js";
import { inWordsOfOptions } from "./library-words.js";
import { identityOption } from "./task-options.js";

const KEYS_LOOKED_AT = 10;
/** What LevelDB names the files of a database, but for its own log and lock. */
export const FILE_OF_LEVEL = /^(?:CURRENT|MANIFEST-\d+|\d+\.(?:log|ldb|sst))$/;
/** What LevelDB makes only after it has made the file CURRENT. */
const FILE_WITH_RECORDS = /^\d+\.(?:log|ldb|sst)$/;
const NO_DRIVER = /^Cannot find (?:package|module) 'classic-level'/;
export const WHEN_LOCKED = "stop that one first";
const WHEN_BEYOND_REPAIR = "move the folder away and start the node with a new one: its records come back from its peers";
const BEYOND_REPAIR = {
  code: "LEVEL_CORRUPTION",
  message: `it is damaged in a way that LevelDB cannot mend; ${WHEN_BEYOND_REPAIR}`,
};

/** What can be done about a LevelDB that is damaged. */
export const WHEN_DAMAGED = `dbsharing check --repair keeps what can still be read, or ${WHEN_BEYOND_REPAIR}`;

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

/** The option of every command that makes keys of a node's records. */
export const identityOfNodeOption = {
  identity: { ...identityOption.identity, says: `${identityOption.identity.says}; the same as for the node` },
};

/**
 * The LevelDB in `folder`. `whenLocked` and `withoutDriver` say what else could be done; `called` is what the user calls the
 * folder, where it is a copy of that one; `mayBeForeign` says that it need not be a database of dbsharing.
 *
 * @throws {CommandError} when it cannot be opened, is one of something else, or the driver is not installed
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
    throw cannotRun(`${what} needs classic-level, which is installed and cannot be loaded: ${reason}; install it anew`, cause);
  });
}

/**
 * Has LevelDB mend the database in `folder`, where it is damaged: what cannot be read any more is moved to a folder in it.
 *
 * @throws {CommandError} as `openDatabase` does, where it is not there, is in use, or cannot be mended
 */
export async function repairDatabase(folder, terms) {
  if (!hasFile(folder, FILE_OF_LEVEL)) refuseWhatIsNotThere(folder);
  await levelDriver(terms);
  const told = await mendInChild(folder);
  const { code, message } = told ?? BEYOND_REPAIR;
  if (code === "LEVEL_LOCKED") throw openingFault(folder, WHEN_LOCKED, told);
  if (message !== undefined) throw new CommandError(`the database in ${folder} cannot be repaired: ${message}`, { code });
}

/** What the child tells; undefined where it ended without a word, as LevelDB has it do. */
function mendInChild(folder) {
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
  const reason = ["EEXIST", "ENOTDIR"].includes(cause.code) ? "a file is there, and a database is a folder" : cause.message;
  const fault = isLocked ? `is in use by another process; ${whenLocked}` : `cannot be opened: ${reason}`;
  return new CommandError(`the database in ${folder} ${fault}${remedyOf(cause)}`, { code: cause.code, cause });
}

function remedyOf({ code }) {
  return code === "LEVEL_CORRUPTION" ? `; it is damaged: ${WHEN_DAMAGED}` : "";
}

/**
 * What `work(store, db)` gives, which has the database in `folder`, and the store of it, until it settles.
 *
 * @throws {CommandError} when there is no such database, unless `create` says to make it; and when it cannot be
 * opened or fails later on
 */
export async function withStore(folder, { create = false, ...terms }, work) {
  if (!create) refuseWhatIsNotThere(folder);
  const db = await openDatabase(folder, { whenLocked: WHEN_LOCKED, ...terms });
  const store = levelStore(db);
  try {
    return await work(store, db);
  } catch (error) {
    const isTold = error instanceof CommandError || !isFaultOfDatabase(error);
    throw isTold ? error : databaseFault(terms.called ?? folder, error);
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
  if (!existsSync(folder))
    throw cannotRun(`there is no folder ${folder}; --db names the database of a node, which is what node --data was given`);
  refuseWithoutCurrent(folder);
  if (!existsSync(join(folder, "CURRENT"))) throw cannotRun(`there is no database in the folder ${folder}`);
}

// LevelDB would make a new database there, and remove the files of the one that has lost this file.
function refuseWithoutCurrent(folder) {
  if (existsSync(join(folder, "CURRENT")) || !hasFile(folder, FILE_WITH_RECORDS)) return;
  throw openingFault(folder, WHEN_LOCKED, { code: "LEVEL_CORRUPTION", message: "its file CURRENT is missing" });
}

function hasFile(folder, names) {
  return filesIn(folder).some((name) => names.test(name));
}

/** None where it cannot be read: LevelDB, or what comes next, says why. */
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
 * Keys of both identities in one database would be two collections, of which each node sees one. A single one of the other
 * may be damage.
 */
export async function refuseOtherIdentity(store, identity) {
  const held = new Set();
  for await (const { key } of store.entries({ limit: KEYS_LOOKED_AT })) held.add(key.includes("/") ? "record" : "owner");
  if (held.size === 0 || held.has(identity)) return;
  const [other] = held;
  throw cannotRun(`the database was written with --identity ${other}, not ${identity}; give --identity ${other}`);
}
