// An existing db_model.js as js/core/database.js drives it: getAllLinktrees() and setLinktree(publicKey, record), and
// its optional methods.
import { listOf } from "./simple-db.js";

/** What setLinktree and setProofs of one published variant need as their third argument; the others ignore it. */
const HOW = "createLinkTree";

/** NeDB splits its file at these and JSON leaves them raw: one such record destroys the file. */
const LINE_BREAKS = /[\u0085\u2028\u2029]/;

/** A LinktreeModel, which has one slot for each public key. */
export function linktreeModel(model) {
  const records = methodsOf(model, { set: "setLinktree", update: "updateLinktree", get: "getLinktree" });
  const proofs = proofsOf(model);
  return {
    readName: "getAllLinktrees",
    getName: "getLinktree",
    // A model that inserts returns the oldest of several documents.
    isGetExact: false,
    readAll: async () => listOf(await model.getAllLinktrees()),
    get: records.get,
    put: (publicKey, record, isHeld) =>
      stored(records, publicKey, record, isHeld, (found) => found?.signature === record.signature),
    putName: (isHeld) => (isHeld && records.update ? "updateLinktree" : "setLinktree"),
    prove: proofs.set && ((publicKey, { signature }, isHeld) => proved(proofs, { publicKey, signature }, isHeld)),
    isSafe: (text, record) => !LINE_BREAKS.test(text) && hasSafeNames(record),
  };
}

/** The methods of a model under other names, undefined for those that it does not have. */
function methodsOf(model, names) {
  const method = (name) => (typeof model[name] === "function" ? (...given) => model[name](...given) : undefined);
  return Object.fromEntries(Object.entries(names).map(([role, name]) => [role, method(name)]));
}

/** Its methods for proofs, and whether it was seen to keep lists of them: then what it has none of begins as a list. */
function proofsOf(model) {
  return { ...methodsOf(model, { set: "setProofs", update: "updateProofs", get: "getProofs" }), keepsLists: false };
}

/**
 * Stores one proof, or in a model that keeps lists of them the list with it: a route of the task adds to what it finds there,
 * which fails at anything else. Proofs of others stay; one of this owner's earlier versions goes, or whoever edits often
 * would make the list grow without bound.
 */
async function proved(proofs, proof, isHeld) {
  const held = proofs.get && (await shownBy(proofs.get, proof.publicKey));
  proofs.keepsLists ||= isList(held);
  const others = [held ?? []].flat().filter((one) => one?.publicKey !== proof.publicKey && !isDocument(one));
  const value = proofs.keepsLists ? [...others, proof] : proof;
  const isShown = (found) => [found].flat().some((one) => one?.signature === proof.signature);
  await stored(proofs, proof.publicKey, value, isHeld, isShown);
}

/** An empty one says as well how the task keeps them. What a database wraps around proofs is not what the task set. */
function isList(value) {
  return Array.isArray(value) && !value.some(isDocument);
}

function isDocument(value) {
  return Array.isArray(value) || value?._id !== undefined;
}

/**
 * Updates what is held, because where setting inserts, an edit would add a document after the one that the model's getter
 * returns. An update that the getter does not show had no effect, as in one published variant.
 */
async function stored({ set, update, get }, publicKey, value, isHeld, isShown) {
  if (isHeld && update) {
    await update(publicKey, value);
    if (!get || isShown(await shownBy(get, publicKey))) return;
  }
  await set(publicKey, value, HOW);
}

/** What a getter returns, which may be text or { key, value }; undefined if it throws, as some do for what they lack. */
async function shownBy(get, publicKey) {
  try {
    const given = await get(publicKey);
    const found = typeof given === "string" ? JSON.parse(given) : given;
    return found?.value ?? found;
  } catch {
    return undefined;
  }
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
