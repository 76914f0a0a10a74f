// The task's own records on their way into wasm: many go in pieces, so that what they take besides does not grow with
// their number, and the event loop has its turns between two of them.
import { messageOf } from "./errors.js";
import { textOfRecord } from "./given-text.js";
import { kindName } from "./kind-name.js";
import { refusal } from "./refusals.js";
import { withUuid } from "./json-text.js";
import { turn } from "./timing.js";

/** How many records make a piece … */
const PIECE_RECORDS = 500;
/** … or fewer long ones. */
const PIECE_CHARACTERS = 1024 * 1024;

/** What became of one record; `store(text)` gives that, where the record can be written as JSON. */
export async function putOne(record, store) {
  try {
    return withUuid(await store(textOfRecord(record)));
  } catch (error) {
    return failed(error);
  }
}

/**
 * What became of each record, in their order; `store(texts)` gives that of some. What cannot be iterated over, or not to
 * its end, has a last result that says so.
 */
export async function putMany(records, store) {
  const results = [];
  const faults = [];
  let hung;
  for (const piece of piecesOf(records, (fault) => faults.push(fault))) {
    const put = hung ? await passOver(piece, hung) : await putPiece(piece, store);
    results.push(...put);
    hung ??= put.find(({ code }) => code === "STORE_TIMEOUT");
  }
  return [...results, ...faults];
}

/** The texts of the records; of one that has none its result. */
function* piecesOf(records, onFault) {
  let [piece, characters] = [[], 0];
  for (const record of readable(records, onFault)) {
    const given = textOrRefusal(record);
    piece.push(given);
    characters += isText(given) ? given.length : 0;
    if (piece.length < PIECE_RECORDS && characters < PIECE_CHARACTERS) continue;
    yield piece;
    [piece, characters] = [[], 0];
  }
  if (piece.length > 0) yield piece;
}

/** The records as far as they can be iterated over. */
function* readable(records, onFault) {
  try {
    if (typeof records !== "string" && typeof records?.[Symbol.iterator] === "function") return yield* records;
    onFault(
      refusal("OPTION_INVALID", `putMany(records) got ${kindName(records)}, wanted an array, or another iterable, of records`),
    );
  } catch (error) {
    onFault(refusal("OPTION_INVALID", `putMany(records) could not read the records to their end: ${messageOf(error)}`));
  }
}

async function putPiece(piece, store) {
  const texts = piece.filter(isText);
  let put;
  try {
    put = texts.length > 0 ? await store(texts) : [];
  } catch (error) {
    put = texts.map(() => failed(error));
  }
  let at = 0;
  return piece.map((given) => (isText(given) ? withUuid(put[at++]) : given));
}

/** A database that hangs is not waited for again with each piece. */
async function passOver(piece, hung) {
  await turn();
  return piece.map((given) => (isText(given) ? { ...hung } : given));
}

function textOrRefusal(record) {
  try {
    return textOfRecord(record);
  } catch (error) {
    return failed(error);
  }
}

function isText(given) {
  return typeof given === "string";
}

function failed(error) {
  return refusal(error.code ?? "INTERNAL", messageOf(error));
}
