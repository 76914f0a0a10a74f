// dbsharing export: every record of a database, one a line.

import { once } from "node:events";

import { cannotRun } from "../command-error.js";
import { dbOption, partBeforeKey, withStore } from "../database.js";
import { reasonOf } from "../input.js";
import { count } from "../output.js";
import { printable } from "../../core/printable.js";
import { createProgress } from "../progress.js";
import { replaceFile } from "../replace-file.js";

const PIECE_CHARACTERS = 64 * 1024;

export const command = {
  name: "export",
  usage: "[--db FOLDER] [--out FILE|-] [--json]",
  description:
    "Writes every record of a database as JSON, one a line, ascending by key; dbsharing import reads it back.\n" +
    "A FILE that exists is replaced when all is written, not before. On a terminal it shows how long the rest will take.\n" +
    "The node must not be running.",
  options: {
    ...dbOption,
    out: {
      type: "string",
      placeholder: "FILE|-",
      default: "-",
      value: "a file, or - for standard output",
      says: "where to write the records",
    },
  },
  jsonSays: "say what was done as one JSON object; on standard error where the records go to standard output",
  jsonStream: (args) => (isForStdout(args) ? "stderr" : "stdout"),
  examples: ["dbsharing export --db ./data --out records.ndjson", "dbsharing export --db ./data | gzip > records.gz"],
  run,
};

async function run({ values, output }) {
  const isStdout = values.out === "-";
  const records = await withStore(values.db, { command: "export" }, (store, db) => {
    const writeAll = (write) => writeRecords({ store, db, write, isShown: isStdout && process.stdout.isTTY });
    return isStdout ? writeAll(writeToStdout) : writeFileOf(values.out, writeAll);
  });
  const said = `exported ${count(records, "record")}`;
  if (isStdout) return output.warn(values.json ? JSON.stringify({ records }) : said);
  output.line(`${said} to ${values.out}`);
  output.event({ records, file: values.out });
}

/** Whether these arguments, which may be wrong, send the records to standard output. */
function isForStdout(args) {
  const at = args.findIndex((arg) => /^--out(=|$)/.test(arg));
  return at === -1 || args[at] === "--out=-" || (args[at] === "--out" && args[at + 1] === "-");
}

async function writeToStdout(piece) {
  // On a terminal a record must not do what it says; elsewhere its bytes are kept.
  const shown = process.stdout.isTTY ? piece.split("\n").map(printable).join("\n") : piece;
  if (!process.stdout.write(shown)) await once(process.stdout, "drain");
}

async function writeFileOf(path, writeAll) {
  try {
    return await replaceFile(path, (file) => writeAll((piece) => file.writeFile(piece)));
  } catch (error) {
    throw error.syscall ? cannotRun(`cannot write ${path}: ${reasonOf(error, "folder")}`, error) : error;
  }
}

/** Writes all records, each piece when the one before it has been taken; how many there were. */
async function writeRecords({ store, db, write, isShown }) {
  const progress = createProgress("record", { isWanted: !isShown });
  const partBefore = partBeforeKey(db);
  let records = 0;
  let piece = "";
  for await (const { key, text } of store.entries()) {
    piece += `${oneLine(text)}\n`;
    records += 1;
    if (piece.length < PIECE_CHARACTERS) continue;
    await write(piece);
    piece = "";
    await progress.at(records, () => partBefore(key));
  }
  await write(piece);
  progress.clear();
  return records;
}

// Strings of JSON hold no line ends; between its words they mean no more than a space. No node stores such a text.
function oneLine(text) {
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, " ") : text;
}
