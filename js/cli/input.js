// What a command reads: a file, or standard input if the file is "-". Nothing is read beyond a limit.

import { fstatSync } from "node:fs";
import { open, stat } from "node:fs/promises";

import { CommandError, cannotRun, negativeResult } from "./command-error.js";
import { bytes } from "./output.js";

const GZIP = Buffer.from([0x1f, 0x8b]);
const MAX_DATA_BYTES = 1024 * 1024; // of one record, as it may travel

/** The name of a file in a sentence. */
export function nameOfInput(path) {
  return path === "-" ? "standard input" : path;
}

/**
 * The bytes of the file at `path`, or of standard input: at most `maxBytes`. `option` is the option that names it, if any.
 *
 * @throws {CommandError} if it cannot be read; with exit code 1 and the words of `tooLong` if it is longer
 */
export async function readInput(path, { maxBytes, tooLong, option }) {
  const parts = [];
  let length = 0;
  for await (const part of readable(await openInput(path, option), path)) {
    length += part.length;
    if (length > maxBytes) {
      throw negativeResult(`${nameOfInput(path)} is longer than ${bytes(maxBytes)}${tooLong}`, "BODY_TOO_LARGE");
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** A stream of the bytes of the file at `path`, or of standard input. @throws {CommandError} if there is no such file */
export async function openInput(path, option) {
  try {
    return path === "-" ? openStdin() : await openFile(path);
  } catch (cause) {
    const what = option === undefined ? nameOfInput(path) : `${nameOfInput(path)} for --${option}`;
    throw cannotRun(`cannot read ${what}: ${reasonOf(cause)}`, cause);
  }
}

function openStdin() {
  refuseFolder(statOfStdin()); // for Node, a folder is a stream that never ends
  return process.stdin;
}

// As BigInt, because Node keeps the numbers of the last call in one array: after those of a pipe it would take the next
// symbolic link for a file, and not find the package that is installed behind it.
function statOfStdin() {
  return fstatSync(process.stdin.fd, { bigint: true });
}

async function openFile(path) {
  const file = await open(path);
  const found = await file.stat();
  if (found.isDirectory()) await file.close();
  refuseFolder(found);
  return file.createReadStream();
}

function refuseFolder(found) {
  if (found.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
}

/** The number of bytes of the file at `path`, or of standard input; undefined if it is not a file. */
export async function sizeOfInput(path) {
  const found = path === "-" ? statOfStdin() : await stat(path);
  return found.isFile() ? Number(found.size) : undefined;
}

/** The parts of a stream of the file at `path`. @throws {CommandError} if it cannot be read to its end */
export async function* readable(stream, path) {
  let isFirst = true;
  try {
    for await (const part of stream) {
      if (isFirst && GZIP.equals(part.subarray(0, GZIP.length))) {
        throw cannotRun(`${nameOfInput(path)} is compressed with gzip; decompress it first: gunzip < FILE | dbsharing …`);
      }
      isFirst = false;
      yield part;
    }
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    throw cannotRun(`cannot read ${nameOfInput(path)} to its end: ${reasonOf(cause)}`, cause);
  }
}

/** The JSON object in a file or on standard input. */
export async function readJsonObject(path) {
  const name = nameOfInput(path);
  const text = new TextDecoder().decode(await readInput(path, { maxBytes: MAX_DATA_BYTES, tooLong: "; wanted one record" }));
  let value;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw cannotRun(`${name} is not JSON; wanted one JSON object: ${cause.message}`, cause);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw cannotRun(`${name} holds ${kindOf(value)}; wanted one JSON object`);
  }
  return value;
}

/** The reason of a failed system call, in words. `missing` is what does not exist if the path does not. */
export function reasonOf(error, missing = "file") {
  const words = {
    ENOENT: `there is no such ${missing}`,
    ENOTDIR: "there is no such folder",
    ENOSPC: "the disk is full",
    EISDIR: "it is a folder",
    EACCES: "permission denied",
    EEXIST: "it exists already",
  };
  return words[error.code] ?? error.message;
}

function kindOf(value) {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}
