// What an import reads: told apart by what is in it, never by its name.

import { createWriteStream } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { cannotRun } from "../command-error.js";
import { nameOfInput, openInput, readable, sizeOfInput } from "../input.js";
import { itemsOf, linesOf } from "../lines.js";
import { linesThatAreOver } from "./nedb-lines.js";
import { copyOfLevel, entriesOfLevel, isLevelFolder, noLevelFault } from "./level-folder.js";
import { linesOfRecords } from "./unsupported-files.js";
import { temporaryFault } from "./temporary-folder.js";

const MAX_ITEM_BYTES = 1024 * 1024;
const WHEN_LOCKED = "stop the task first, or give a copy of the folder that was made while it was stopped";
const EMPTY = { read: 0, records: 0, unsigned: 0, proofs: 0, unreadable: 0, ignored: 0 };

/**
 * A source of records: `{ name, kind, noun, isDatabase, items, size, seen, losses, counts, close }`. `items` yields
 * `{ number, text, label, fault }`, each a `noun`; where `isDatabase`, documents of a task, of which not all are records.
 * `seen.bytes` of its `size` were read, `losses.bytes` are damaged.
 *
 * @throws {CommandError} when there is none at `path`, or it cannot be read
 */
export async function openSource(path, { target, temporary }) {
  const isFolder = path !== "-" && (await isFolderAt(path));
  const source = isFolder ? await levelSource(path, target, temporary) : await fileSource(path, temporary);
  return {
    name: nameOfInput(path),
    seen: { bytes: 0 },
    losses: { bytes: 0 },
    close: () => {},
    ...source,
    counts: { ...EMPTY },
  };
}

function isFolderAt(path) {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function levelSource(folder, target, temporary) {
  if (!isLevelFolder(folder)) throw await noLevelFault(folder);
  if ((await realpath(folder)) === (await realpath(target).catch(() => undefined)))
    throw cannotRun(`${folder} is the database that --db names: what is in it is imported already`);
  const copy = await copyOfLevel(folder, temporary, WHEN_LOCKED);
  const losses = { bytes: 0 };
  const items = entriesOfLevel(copy, folder, { maxBytes: MAX_ITEM_BYTES, losses });
  return { kind: "leveldb", noun: "key", isDatabase: true, items, losses };
}

async function fileSource(path, temporary) {
  const seen = { bytes: 0 };
  const bytes = counted(readable(await openInput(path), path), seen);
  const { stream, ...source } = await itemsOf(bytes, { maxBytes: MAX_ITEM_BYTES });
  const size = await sizeOfInput(path);
  if (source.kind !== "nedb" && !source.isUnsure) {
    const items = source.kind === "lines" ? await linesOfRecords(source.items, nameOfInput(path)) : source.items;
    return { ...source, items, isDatabase: false, seen, size };
  }
  const isReadOnce = path === "-" || size === undefined;
  const file = isReadOnce ? await storedIn(temporary.path(), stream, nameOfInput(path)) : path;
  await source.close();
  return linesSource(file);
}

/**
 * A NeDB file is read twice: which of its lines count is known at its end. NeDB puts a new file in its place when it compacts, so that
 * the one that was opened stays as it was.
 */
async function linesSource(path) {
  const file = await open(path);
  const { size } = await file.stat();
  const all = () => readable(file.createReadStream({ start: 0, end: size - 1, autoClose: false }), path);
  const { isNedb, isOver } = await linesThatAreOver(linesOf(all(), { maxBytes: MAX_ITEM_BYTES }), path);
  const seen = { bytes: 0 };
  const lines = linesOf(counted(all(), seen), { maxBytes: MAX_ITEM_BYTES });
  const kind = isNedb ? { kind: "nedb", isDatabase: true } : { kind: "lines", isDatabase: false };
  return { ...kind, noun: "line", items: without(lines, isOver), seen, size, close: () => file.close() };
}

async function storedIn(file, stream, name) {
  try {
    await pipeline(Readable.from(stream), createWriteStream(file));
  } catch (cause) {
    throw cause.syscall ? temporaryFault(`keep ${name} in`, cause) : cause;
  }
  return file;
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
