// A LevelDB that is only read. LevelDB repairs and compacts what it opens, so it gets a copy.

import { constants, existsSync } from "node:fs";
import { copyFile, mkdir, readdir, realpath, symlink } from "node:fs/promises";
import { join } from "node:path";

import { RECORDS_SUBLEVEL } from "../../core/level-root.js";
import { isVersion, VERSION_LENGTH } from "../../core/store-contract.js";
import { CommandError, cannotRun } from "../command-error.js";
import { FILE_OF_LEVEL, levelDriver } from "../database.js";
import { droppedBytes } from "./level-log.js";
import { temporaryFault } from "./temporary-folder.js";

const OUR_KEY = new RegExp(`^!(?:[^!]+!+)*${RECORDS_SUBLEVEL}!`);
const PAGE_ENTRIES = 500;
const NAMES_SHOWN = 3;
const END_CHARACTERS = 4096;

/** Whether there is a LevelDB in the folder. */
export function isLevelFolder(folder) {
  return existsSync(join(folder, "CURRENT"));
}

/** The error for a folder without a LevelDB. It names files in the folder, because one of them may be meant. */
export async function noLevelFault(folder) {
  const files = (await readdir(folder, { withFileTypes: true })).filter((one) => one.isFile()).map(({ name }) => name);
  if (files.some((name) => FILE_OF_LEVEL.test(name))) return damageFault(folder, { message: "the file CURRENT is missing" });
  const more = files.length > NAMES_SHOWN ? ", …" : "";
  const inside =
    files.length === 0 ? "" : `; in it are ${files.slice(0, NAMES_SHOWN).join(", ")}${more}: give the file that you mean`;
  return cannotRun(`${folder} is a folder without a LevelDB${inside}`);
}

/**
 * The path of a copy of the LevelDB in `folder`. Nothing in `folder` changes, and no other process can open it in the
 * meantime.
 *
 * @throws {CommandError} if another process has it open, or if it cannot be copied
 */
export async function copyOfLevel(folder, temporary, whenLocked) {
  const copy = temporary.path();
  try {
    await mkdir(copy);
    const unlock = await lockLevel(folder, temporary, whenLocked);
    await copyFiles(folder, copy).finally(unlock);
  } catch (cause) {
    throw cause.syscall ? temporaryFault(`copy the LevelDB from ${folder} to`, cause) : cause;
  }
  return copy;
}

async function copyFiles(from, to) {
  const names = (await readdir(from)).filter((name) => FILE_OF_LEVEL.test(name));
  for (const name of names) await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE);
}

// The lock is one of the system, on the file named LOCK: another LevelDB whose LOCK is a link to that file takes it, and
// changes nothing. Without such a file nothing has it open; without links, the system does not let what is open be copied.
async function lockLevel(folder, temporary, whenLocked) {
  const place = existsSync(join(folder, "LOCK")) && (await folderWithLock(join(folder, "LOCK"), temporary));
  if (!place) return () => {};
  const { ClassicLevel } = await levelDriver({ command: "import" });
  const db = new ClassicLevel(place); // it opens by itself when it is used
  try {
    await db.open();
  } catch ({ cause }) {
    if (cause?.code !== "LEVEL_LOCKED") return () => {}; // it belongs to another user
    const message = `the database in ${folder} is in use by another process; ${whenLocked}`;
    throw new CommandError(message, { code: cause.code, cause });
  }
  return () => db.close();
}

/** The path of a folder in which LOCK is a link to that file; undefined if there can be no link. */
async function folderWithLock(lock, temporary) {
  const place = temporary.path();
  await mkdir(place);
  return symlink(await realpath(lock), join(place, "LOCK")).then(
    () => place,
    () => undefined,
  );
}

/**
 * Yields `{ number, label, text }` for each entry of the LevelDB in `copy`: its key and its value; for an entry of levelStore
 * `{ number, label, text, isRecord: true }`; for a value longer than `maxBytes` `{ number, label, ends }`. `folder` is the
 * original folder. `losses.bytes` becomes what LevelDB leaves out without an error.
 *
 * @throws {CommandError} if it cannot be read
 */
export async function* entriesOfLevel(copy, folder, { maxBytes, losses }) {
  const { ClassicLevel } = await levelDriver({ command: "import" });
  const db = new ClassicLevel(copy, { createIfMissing: false });
  let number = 0;
  try {
    await db.open();
    losses.bytes = await droppedBytes(copy);
    const iterator = db.iterator();
    for (let page = await iterator.nextv(PAGE_ENTRIES); page.length > 0; page = await iterator.nextv(PAGE_ENTRIES)) {
      for (const [key, value] of page) yield entryOf(key, value, (number += 1), maxBytes);
    }
  } catch (error) {
    throw error instanceof CommandError || !isOfLevel(error) ? error : readingFault(copy, folder, error);
  } finally {
    await db.close();
  }
}

function entryOf(key, value, number, maxBytes) {
  if (value.length > maxBytes)
    return { number, label: key, ends: [value.slice(0, END_CHARACTERS), value.slice(-END_CHARACTERS)] };
  if (!OUR_KEY.test(key)) return { number, label: key, text: value };
  const version = value.slice(0, VERSION_LENGTH);
  return { number, text: isVersion(version) ? value.slice(VERSION_LENGTH) : value, label: key, isRecord: true };
}

function isOfLevel({ code, cause }) {
  return [code, cause?.code].some((one) => String(one).startsWith("LEVEL_"));
}

/** The paths in a message of LevelDB are those of the copy, which the user does not know. */
function readingFault(copy, folder, error) {
  const { code, message } = error.cause ?? error;
  return damageFault(folder, { code, message: message.replaceAll(copy, folder), cause: error });
}

function damageFault(folder, { code = "LEVEL_CORRUPTION", message, cause }) {
  const remedy = "make a copy of the folder, run dbsharing check --repair --db COPY, and import the copy";
  return new CommandError(`the LevelDB in ${folder} is damaged: ${message}; ${remedy}`, { code, cause });
}
