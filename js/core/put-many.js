// The task's own records on their way into wasm: many go in pieces, so that what they take besides does not grow with
// their number, and the event loop has its turns between two of them.
import { coded, messageOf } from "./errors.js";
import { textOf, withUuid } from "./text.js";
import { turn } from "./timing.js";

/** A piece is so many records … */
const PIECE_RECORDS = 1_000;
/** … or fewer long ones. */
const PIECE_CHARACTERS = 1024 * 1024;

/** What became of one record; `store(text)` gives that, where the record can be written as JSON. */
export async function putOne(record, store) {
  const text = textOf(record);
  if (text === undefined) return noJson();
  try {
    return withUuid(await store(text));
  } catch (error) {
    return failed(error);
  }
}

/** What became of each record, in their order; `store(texts)` gives that of some. */
export async function putMany(records, store) {
  if (typeof records === "string" || typeof records?.[Symbol.iterator] !== "function") {
    throw coded("OPTION_INVALID", "putMany(records) wants an array, or something else to iterate over, of records");
  }
  const results = [];
  let hung;
  for (const piece of piecesOf(records)) {
    const put = hung ? await passOver(piece, hung) : await putPiece(piece, store);
    results.push(...put);
    hung ??= put.find(({ code }) => code === "STORE_TIMEOUT");
  }
  return results;
}

/** The texts of the records, undefined for those that cannot be written as JSON. */
function* piecesOf(records) {
  let [piece, characters] = [[], 0];
  for (const record of records) {
    const text = textOf(record);
    piece.push(text);
    characters += text?.length ?? 0;
    if (piece.length < PIECE_RECORDS && characters < PIECE_CHARACTERS) continue;
    yield piece;
    [piece, characters] = [[], 0];
  }
  if (piece.length > 0) yield piece;
}

async function putPiece(piece, store) {
  const texts = piece.filter((text) => text !== undefined);
  let put;
  try {
    put = texts.length > 0 ? await store(texts) : [];
  } catch (error) {
    put = texts.map(() => failed(error));
  }
  let at = 0;
  return piece.map((text) => (text === undefined ? noJson() : withUuid(put[at++])));
}

/** A database that hangs is not waited for again with each piece. */
async function passOver(piece, hung) {
  await turn();
  return piece.map((text) => (text === undefined ? noJson() : { ...hung }));
}

function noJson() {
  return { ok: false, stored: false, code: "BAD_SHAPE", message: "the record cannot be written as JSON" };
}

function failed(error) {
  return { ok: false, stored: false, code: error.code ?? "INTERNAL", message: messageOf(error) };
}
