// The least that a task can supply, as js/core/database.js drives it: all records, and a way to put one.
import { textOf } from "./text.js";

/** `{ getAll, put }`. */
export function simpleDb(db) {
  return {
    readName: "getAll",
    putName: "put",
    readAll: async () => listOf(await db.getAll()),
    put: (key, text) => db.put(key, recordOf(text)),
    isSafe: () => true,
    textOf: recordText,
  };
}

/**
 * The record without `_id`, which document databases take for their own: with the `_id` of another document, put there
 * by whoever passed the record on, it could not be stored.
 */
export function recordOf(text) {
  const { _id, ...record } = JSON.parse(text);
  return record;
}

/** The records as something to iterate: an array or an iterable of either kind, JSON text, or nothing. */
export function listOf(all) {
  if (all === null || all === undefined) return [];
  return typeof all === "string" ? listOf(JSON.parse(all)) : all;
}

/** An item of the database as a record's JSON text; "null", which is not a record, where it has none. */
export function recordText(item) {
  try {
    const record = item?.data === undefined && typeof item?.value === "object" ? item.value : item;
    return textOf(record) ?? "null";
  } catch {
    return "null";
  }
}
