// What an import reads: told apart by what is in it, never by its name.

import { createReadStream, createWriteStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { cannotRun } from "../command-error.js";
import { nameOfInput, openInput, readable, sizeOfInput } from "../input.js";
import { itemsOf, linesOf } from "../lines.js";
import { linesThatAreOver } from "./nedb-lines.js";
import { copyOfLevel, entriesOfLevel, isLevelFolder, noLevelFault } from "./level-folder.js";
import { temporaryFault } from "./temporary-folder.js";

const MAX_ITEM_BYTES = 1024 * 1024;
const WHEN_LOCKED = "stop the task first, or give a copy of the folder that was made while it was stopped";
const EMPTY = { read: 0, records: 0, unsigned: 0, proofs: 0, ignored: 0 };

/**
 * A source of records: `{ name, kind, noun, isDatabase, items, size, seen, counts }`. `items` yields `{ number, text, label, fault }`, each
 * a `noun`; where `isDatabase`, documents of a task, of which not all are records. `seen.bytes` of its `size` were read.
 *
 * @throws {CommandError} when there is none at `path`, or it cannot be read
 */
export async function openSource(path, { target, temporary }) {
  const isFolder = path !== "-" && (await isFolderAt(path));
  const source = isFolder ? await levelSource(path, target, temporary) : await fileSource(path, temporary);
  return { name: nameOfInput(path), seen: { bytes: 0 }, ...source, counts: { ...EMPTY } };
}

function isFolderAt(path) {
  return stat(path).then((found) => found.isDirectory(), () => false);
}

async function levelSource(folder, target, temporary) {
  if (!isLevelFolder(folder)) throw await noLevelFault(folder);
  if ((await realpath(folder)) === (await realpath(target).catch(() => undefined)))
    throw cannotRun(`${folder} is the database that --db names: what is in it is imported already`);
  const copy = await copyOfLevel(folder, temporary, WHEN_LOCKED);
  const items = entriesOfLevel(copy, folder, { maxBytes: MAX_ITEM_BYTES });
  return { kind: "leveldb", noun: "key", isDatabase: true, items };
}

async function fileSource(path, temporary) {
  const seen = { bytes: 0 };
  const bytes = counted(readable(await openInput(path), path), seen);
  const { stream, ...source } = await itemsOf(bytes, { maxBytes: MAX_ITEM_BYTES });
  if (source.kind === "nedb") return nedbSource(path, stream, temporary);
  return { ...source, isDatabase: false, seen, size: await sizeOfInput(path) };
}

/** It is read twice: which of its lines count is known at its end. */
async function nedbSource(path, stream, temporary) {
  const file = path === "-" ? await storedIn(temporary.path(), stream) : path;
  if (path !== "-") await stream.return();
  const isOver = await linesThatAreOver(linesAt(file, path), path);
  const seen = { bytes: 0 };
  const lines = linesOf(counted(bytesAt(file, path), seen), { maxBytes: MAX_ITEM_BYTES });
  return { kind: "nedb", noun: "line", isDatabase: true, items: without(lines, isOver), seen, size: (await stat(file)).size };
}

async function storedIn(file, stream) {
  try {
    await pipeline(Readable.from(stream), createWriteStream(file));
  } catch (cause) {
    throw cause.syscall ? temporaryFault("keep standard input", cause) : cause;
  }
  return file;
}

function linesAt(file, path) {
  return linesOf(bytesAt(file, path), { maxBytes: MAX_ITEM_BYTES });
}

function bytesAt(file, path) {
  return readable(createReadStream(file), path);
}

async function* without(lines, isOver) {
  for await (const line of lines) if (!isOver(line.number)) yield line;
}

async function* counted(stream, seen) {
  for await (const chunk of stream) {
    seen.bytes += chunk.length;
    yield chunk;
  }
}
