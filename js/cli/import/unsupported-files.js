// Files that are not a source of records, recognised by their first lines, so that a wrong file gets one sentence and not one
// for each line.

import { cannotRun } from "../command-error.js";
import { continued } from "../lines.js";
import { parsedJson } from "../parsed-json.js";

const WANTED = "records one a line, a JSON array, a NeDB file or a LevelDB folder";
const OBJECT =
  "it looks like one JSON object on several lines: put a single record into an array, [RECORD]; of an object around a list " +
  "give only the list";
const LINES_LOOKED_AT = 20;
const LOOKS = [
  [/^SQLite format 3/, "it is a SQLite database"],
  [/^PK\u0003\u0004/, "it is a zip archive: unpack it first"],
  [/^.{0,300}\u0000/s, "it is not text, or not in UTF-8"],
  [/^\s*</, "it looks like a page: was it saved from the right address?"],
  [/^\s*\{.*\n/, OBJECT],
];

/** The same lines, `{ number, text }`. @throws {CommandError} if none of the first lines is a JSON object */
export async function linesOfRecords(lines, name) {
  const rest = lines[Symbol.asyncIterator]();
  const begin = [];
  while (!begin.some(mayBeObject)) {
    const { value, done } = await rest.next();
    if (done && begin.length === 0) return [];
    if (done || begin.length === LINES_LOOKED_AT) {
      await rest.return();
      throw cannotRun(noneOfFault(begin.map(({ text }) => text).join("\n"), name));
    }
    begin.push(value);
  }
  return continued(begin, rest);
}

function noneOfFault(text, name) {
  const [, looks] = LOOKS.find(([pattern]) => pattern.test(text)) ?? [];
  return `${name} is not a source of records; wanted ${WANTED}${looks ? `; ${looks}` : ""}`;
}

/** A line that is too long to be read may be anything. */
function mayBeObject({ text }) {
  if (text === undefined) return true;
  return typeof (parsedJson(text) ?? "") === "object";
}
