// Files that are no source of records, told from their begin, so that a wrong one gets one sentence and not one a line.

import { cannotRun } from "../command-error.js";

const WANTED = "records one a line, a JSON array, a NeDB file, a LevelDB folder";
const OBJECT =
  "it looks like one JSON object over several lines: of one record make an array, [RECORD]; of an object around a list give " +
  "the list alone";
const LINES_LOOKED_AT = 20;
const LOOKS = [
  [/^SQLite format 3/, "it is a SQLite database"],
  [/^PK\u0003\u0004/, "it is a zip archive: unpack it first"],
  [/^.{0,300}\u0000/s, "it is not text, or not in UTF-8"],
  [/^\s*</, "it looks like a page: is the address right that it was saved from?"],
  [/^\s*\{.*\n/, OBJECT],
];

/** The lines `{ number, text }` as they are. @throws {CommandError} when none of the first ones is a JSON object */
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
  return joined(begin, rest);
}

async function* joined(begin, rest) {
  yield* begin;
  yield* { [Symbol.asyncIterator]: () => rest };
}

function noneOfFault(text, name) {
  const [, looks] = LOOKS.find(([pattern]) => pattern.test(text)) ?? [];
  return `${name} is none of: ${WANTED}${looks ? `; ${looks}` : ""}`;
}

/** One that is too long to be read may be anything. */
function mayBeObject({ text }) {
  if (text === undefined) return true;
  try {
    return typeof (JSON.parse(text) ?? "") === "object";
  } catch {
    return false;
  }
}
