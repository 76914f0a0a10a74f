// What option db is, or resolves to: one of the three kinds of database, or a sentence that says what it is instead.
import { kindOfDb, printedDb } from "./db-kinds.js";
import { coded, messageOf } from "./errors.js";
import { linktreeModel } from "./linktree-model.js";
import { simpleDb } from "./simple-db.js";
import { claimOf } from "./store-contract.js";

/** `{ store }`, or `{ simple }` for what can only be read whole. */
export async function openedDb(db, identity, collection) {
  const given = await settled(db);
  const kind = kindOfDb(given);
  if (kind === undefined) throw noStore(`${printedDb(given)}; wanted a Store`);
  if (kind === "model" && identity !== "owner")
    throw noStore('a LinktreeModel: await it, or give option identity "owner" as well');
  claimOf(given, "", "a db of its own for each collection")(collection);
  if (kind === "simple") return { simple: simpleDb(given) };
  if (kind === "model") return { simple: linktreeModel(given) };
  given.claim?.(collection);
  return { store: given };
}

function noStore(what) {
  return new TypeError(`the promise given as option db resolved to ${what}`);
}

async function settled(db) {
  try {
    return await db;
  } catch (error) {
    throw coded("STORE_FAILED", `the promise given as option db rejected: ${messageOf(error)}`, error);
  }
}
