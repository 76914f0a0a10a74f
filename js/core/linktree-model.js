// An existing db_model.js as js/core/database.js drives it: getAllLinktrees() and setLinktree(publicKey, record), and
// what it has besides.
import { listOf } from "./simple-db.js";

/** What one published variant of setLinktree wants as its third argument; the others ignore it. */
const HOW = "createLinkTree";

/** NeDB splits its file at these, JSON leaves them raw: one such record destroys the file. */
const LINE_BREAKS = /[\u0085\u2028\u2029]/;

/** A LinktreeModel, whose one slot a key is the publicKey. */
export function linktreeModel(model) {
  const has = (name) => typeof model[name] === "function";
  // Where setLinktree inserts, an edit would be one more document, behind the one that the model's getter gives.
  const putName = (isHeld) => (isHeld && has("updateLinktree") ? "updateLinktree" : "setLinktree");
  return {
    readName: "getAllLinktrees",
    getName: "getLinktree",
    // One that inserts answers with the oldest of several documents.
    isGetExact: false,
    readAll: async () => listOf(await model.getAllLinktrees()),
    get: has("getLinktree") ? (publicKey) => model.getLinktree(publicKey) : undefined,
    put(publicKey, record, isHeld) {
      const method = putName(isHeld);
      return method === "setLinktree" ? model.setLinktree(publicKey, record, HOW) : model[method](publicKey, record);
    },
    putName,
    prove: has("setProofs") ? (publicKey, { signature }) => model.setProofs(publicKey, { publicKey, signature }) : undefined,
    isSafe: (text, record) => !LINE_BREAKS.test(text) && hasSafeNames(record),
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
