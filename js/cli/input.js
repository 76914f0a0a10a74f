// What a command reads: a file, or standard input where the file is "-".

import { open, readFile } from "node:fs/promises";

import { cannotRun } from "./command-error.js";

/** The bytes of the file at `path`, or of standard input. */
export async function readInput(path) {
  if (path === "-") return readAll(process.stdin);
  try {
    return await readFile(path);
  } catch (cause) {
    throw cannotRun(`cannot read ${path}: ${reasonOf(cause)}`, cause);
  }
}

/** A stream of the bytes of the file at `path`, or of standard input. That there is such a file is known at once. */
export async function openInput(path) {
  if (path === "-") return process.stdin;
  try {
    const file = await open(path);
    if ((await file.stat()).isDirectory()) {
      await file.close();
      throw Object.assign(new Error(), { code: "EISDIR" });
    }
    return file.createReadStream();
  } catch (cause) {
    throw cannotRun(`cannot read ${path}: ${reasonOf(cause)}`, cause);
  }
}

/** The JSON object in a file or on standard input. */
export async function readJsonObject(path) {
  const name = path === "-" ? "standard input" : path;
  const text = new TextDecoder().decode(await readInput(path));
  let value;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw cannotRun(`${name} wants to hold one JSON object; it is not JSON: ${cause.message}`, cause);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw cannotRun(`${name} wants to hold one JSON object; it holds ${kindOf(value)}`);
  }
  return value;
}

/** What a failed system call says, in words. */
export function reasonOf(error) {
  const words = {
    ENOENT: "there is no such file",
    ENOTDIR: "there is no such folder",
    ENOSPC: "the disk is full",
    EISDIR: "it is a folder",
    EACCES: "permission denied",
    EEXIST: "it exists",
  };
  return words[error.code] ?? error.message;
}

async function readAll(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function kindOf(value) {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
