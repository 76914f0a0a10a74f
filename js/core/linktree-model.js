// An existing db_model.js as js/core/database.js drives it: getAllLinktrees() and setLinktree(publicKey, record).
import { listOf, recordOf, recordText } from "./simple-db.js";

/** What one published variant of setLinktree wants as its third argument; the others ignore it. */
const HOW = "createLinkTree";

/** NeDB splits its file at these, JSON leaves them raw: one such record destroys the file. */
const LINE_BREAKS = /[\u0085\u2028\u2029]/;

/** A LinktreeModel, whose one slot a key is the publicKey. */
export function linktreeModel(model) {
  return {
    readName: "getAllLinktrees",
    putName: "setLinktree",
    readAll: async () => listOf(await model.getAllLinktrees()),
    put: (publicKey, text) => model.setLinktree(publicKey, recordOf(text), HOW),
    isSafe: (text) => !LINE_BREAKS.test(text) && hasSafeNames(JSON.parse(text)),
    textOf: recordText,
  };
}

/**
 * NeDB refuses field names with a dot or a leading $, turns a $$date into another type after a restart, and loses a
 * __proto__ when it copies.
 */
function hasSafeNames(record) {
  const waiting = [record];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (value === null || typeof value !== "object") continue;
    if (!Array.isArray(value) && !Object.keys(value).every(isSafeName)) return false;
    waiting.push(...Object.values(value));
  }
  return true;
}

function isSafeName(name) {
  return !name.includes(".") && !name.startsWith("$") && name !== "__proto__";
}
