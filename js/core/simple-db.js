// The least that a task can supply, as js/core/database.js uses it: read all records, perhaps one, and put one.

/** `{ getAll, put }`, perhaps with `get`. */
export function simpleDb(db) {
  return {
    readName: "getAll",
    getName: "get",
    isGetExact: true,
    readAll: async () => listOf(await db.getAll()),
    get: typeof db.get === "function" ? (key) => db.get(key) : undefined,
    put: (key, record) => db.put(key, record),
    putName: () => "put",
    isSafe: () => true,
  };
}

/**
 * The record without `_id`, which document databases use as their key: with the `_id` of another document, added by whoever
 * passed the record on, it could not be stored.
 */
export function recordOf(text) {
  const record = JSON.parse(text);
  if (Object.hasOwn(record, "_id")) delete record._id;
  return record;
}

/** The records as something to iterate: an array or an iterable of either kind, JSON text, or nothing. */
export function listOf(all) {
  if (all === null || all === undefined) return [];
  return typeof all === "string" ? listOf(JSON.parse(all)) : all;
}
