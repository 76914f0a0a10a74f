// Bodies of symbols, their media type, and lists of ids.
import { P } from "./arithmetic.js";
import { littleEndian } from "./element.js";

const MEDIA_TYPE = "application/vnd.dbsharing.symbols";
const MOST_CELLS = 16_384;
const MOST_IDS = 1_000;

/** The content type of a body. */
export const contentType = (identity) => `${MEDIA_TYPE}; identity=${identity}`;

/** The `accept` of a client that wants this many cells. */
export const acceptFor = (count) => `${MEDIA_TYPE};count=${count}, */*;q=0.1`;

/** How many cells an `accept` asks for, at least 1 and at most 2 048; undefined if it does not ask for symbols. */
export function countIn(accept = "") {
  const ranges = accept.split(",").map((range) => range.split(";").map((part) => part.trim().toLowerCase()));
  const wanted = ranges.find(([type]) => type === MEDIA_TYPE);
  if (!wanted) return undefined;
  const [, count] = wanted.map((part) => /^count=(\d+)$/.exec(part)).find((match) => match !== null) ?? [];
  return count === undefined ? 18 : Math.min(2_048, Math.max(1, Number(count)));
}

/** The body with the cells `from … from + count − 1` of a set. */
export function encodeBody(set, { view, from, count }) {
  const numbers = Buffer.alloc(16);
  numbers.write("dbs", "latin1");
  numbers.writeUInt8(0x10 + view, 3);
  [from, count, set.size].forEach((number, place) => numbers.writeUInt32LE(number, 4 + 4 * place));
  const wholeSums = from > 0 ? [] : [Buffer.from(set.counters(view).buffer), bytesOfCheck(set.check(view))];
  const cells = Buffer.alloc(12 * count);
  set.cells(view, from, count).forEach(({ b, a }, place) => {
    cells.writeUIntLE(b, 12 * place, 6);
    cells.writeUIntLE(a, 12 * place + 6, 6);
  });
  return Buffer.concat([numbers, ...wholeSums, cells]);
}

/** A check as 32 bytes, the least first. */
const bytesOfCheck = (check) => Buffer.from(check.toString(16).padStart(64, "0"), "hex").reverse();

/** Whether a body is one of symbols, by its first bytes. */
export const isSymbols = (body) => body.length >= 4 && body.toString("latin1", 0, 3) === "dbs";

/**
 * What a body says: `{ view, from, n, counters, check, cells }`; counters and check only from cell 0.
 *
 * @throws {Error} with the code BAD_BODY, if it is not exactly what was asked for
 */
export function parseBody(body, wanted) {
  demand(body.length >= 16 && isSymbols(body), "it begins otherwise");
  const view = body[3] - 0x10;
  const [from, count, n] = [4, 8, 12].map((at) => body.readUInt32LE(at));
  demand(view === wanted.view && from === wanted.from, "it is another part");
  demand(count >= 1 && from + count <= MOST_CELLS, "it has too many cells or none");
  const start = from === 0 ? 80 : 16;
  demand(body.length === start + 12 * count, "its length is wrong");
  const cells = Array.from({ length: count }, (_, place) => {
    const [b, a] = [body.readUIntLE(start + 12 * place, 6), body.readUIntLE(start + 12 * place + 6, 6)];
    demand(b < P && a < P, "a sum is not below P");
    return { b, a };
  });
  if (from > 0) return { view, from, n, cells };
  return { view, from, n, cells, counters: Int8Array.from(body.subarray(16, 48)), check: littleEndian(body.subarray(48, 80)) };
}

function demand(condition, message) {
  if (!condition) throw Object.assign(new Error(`symbols: ${message}`), { code: "BAD_BODY" });
}

/** Ids, ascending, as the query of a request for records has them. */
export function idsToText(ids) {
  const bytes = Buffer.alloc(4 * ids.length);
  [...ids].sort((one, other) => one - other).forEach((k, place) => bytes.writeUInt32BE(k, 4 * place));
  return bytes.toString("base64url");
}

/** The ids of a query; undefined if it is not 1 to 1 000 ids, strictly ascending, in the one form that they have. */
export function idsFromText(text) {
  const bytes = Buffer.from(text, "base64url");
  const count = bytes.length / 4;
  if (bytes.toString("base64url") !== text || !Number.isInteger(count) || count < 1 || count > MOST_IDS) return undefined;
  const ids = Array.from({ length: count }, (_, place) => bytes.readUInt32BE(4 * place));
  return ids.every((k, place) => place === 0 || k > ids[place - 1]) ? ids : undefined;
}
