// What the ready-made stores share: the check of entries before a write, the outcomes of a batch for databases without a
// conditional write, reading rows in pages, and the claim of a place for one collection.

import { kindName } from "./kind-name.js";

// Base58 of a public key, a slash, and a uuid of 256 bytes, each of which may be escaped: 44 + 1 + 3 × 256.
const KEY = /^[\x21-\x7e]{1,813}$/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const VERSION = /^[0-9a-f]{14}-[0-9a-f]{64}$/;

/** The length of a version in characters: 14 hex digits of the timestamp, "-", 64 hex digits of the content id. */
export const VERSION_LENGTH = 79;

/** "read 1 key" or "read 3 keys", for the message of a call that failed. */
export function readOf(keys) {
  return `read ${keys.length} ${keys.length === 1 ? "key" : "keys"}`;
}

/** "write 1 entry" or "remove 3 entries", for the message of a call that failed. */
export function changeOf(verb, entries) {
  return `${verb} ${entries.length} ${entries.length === 1 ? "entry" : "entries"}`;
}

/** Whether `text` is a key that a store may hold. A row with any other key counts as absent. */
export function isKey(text) {
  return typeof text === "string" && KEY.test(text);
}

/** Whether `text` is a record's version. Versions compare as strings: the greater one is newer. */
export function isVersion(text) {
  return typeof text === "string" && VERSION.test(text);
}

/**
 * Throws a TypeError that names the first entry that no store may hold. A store calls it before it writes anything, so
 * that a batch with one bad entry leaves nothing behind.
 */
export function checkEntries(entries) {
  if (!Array.isArray(entries)) {
    throw new TypeError(`entries of write(entries) is ${kindName(entries)}; wanted an array`);
  }
  entries.forEach((entry, index) => {
    const fault = faultOf(entry);
    if (fault) throw new TypeError(`entry ${index} of write(entries) ${fault}`);
  });
}

function faultOf(entry) {
  if (entry === null || typeof entry !== "object") return "is not an object; wanted { key, version, text }";
  // Only ASCII sorts the same by bytes (LevelDB, SQL) and by UTF-16 units (JavaScript).
  if (!isKey(entry.key)) return "has a malformed key; wanted 1 to 813 visible ASCII characters";
  if (!isVersion(entry.version)) return "has a malformed version; wanted 14 hex digits, a dash and 64 hex digits";
  if (typeof entry.text !== "string") return `has a text that is ${kindName(entry.text)}; wanted a string`;
  if (!isStorable(entry.text)) return "has a text with U+0000 or a lone surrogate; wanted a text without them";
  return undefined;
}

// SQLite's tools stop at U+0000, PostgreSQL refuses it, and UTF-8 has no lone surrogates. No record's JSON holds either.
function isStorable(text) {
  const isWellFormed = text.isWellFormed ? text.isWellFormed() : !LONE_SURROGATE.test(text);
  return isWellFormed && !text.includes("\0");
}

/**
 * Returns what becomes of a batch: `outcomes`, in the order of `entries`, and `winners`, the entries to write. An entry wins
 * if its version is greater than the one held and than every other with its key in the batch; of two equal ones the first wins.
 *
 * @param {{ key: string, version: string, text: string }[]} entries
 * @param {(string | undefined)[]} heldVersions the stored version of each entry's key, in the same order
 */
export function decideWrites(entries, heldVersions) {
  const winnerByKey = new Map(); // key → index of the greatest so far
  entries.forEach((entry, index) => {
    const best = winnerByKey.get(entry.key);
    const toBeat = best === undefined ? heldVersions[index] : entries[best].version;
    if (toBeat === undefined || entry.version > toBeat) winnerByKey.set(entry.key, index);
  });
  const winners = new Set(winnerByKey.values());
  return {
    winners: [...winners].map((index) => entries[index]),
    outcomes: entries.map((_, index) => (winners.has(index) ? "written" : "stale")),
  };
}

/**
 * Yields pages of rows in ascending order of their keys. Each page is a query of its own, so nothing stays open while the
 * caller does something else. Rows that are not entries, because something else wrote them, are left out.
 *
 * @param {(after: string, count: number) => Promise<{ key: string }[]>} readPage the first `count` rows after a key
 * @param {number} pageRows the most rows of a page
 * @param {{ gt?: string, limit?: number }} range
 */
export async function* pagesByKey(readPage, pageRows, { gt = "", limit = Infinity } = {}) {
  for (let after = gt, left = limit; left > 0; ) {
    const count = Math.min(left, pageRows);
    const rows = await readPage(after, count);
    const page = rows.filter(isOurs);
    yield page;
    if (rows.length < count) return;
    left -= page.length;
    after = rows.at(-1).key;
  }
}

function isOurs({ key, version, text = "" }) {
  return isKey(key) && typeof version === "string" && typeof text === "string";
}

const MOST_REASON_CHARACTERS = 300;

/** A driver's message, shortened: some drivers put everything they were sent into it. */
export function shortened(reason) {
  return reason.length > MOST_REASON_CHARACTERS ? `${reason.slice(0, MOST_REASON_CHARACTERS - 1)}…` : reason;
}

const UNNAMED_COLLECTION = "linktree"; // the default of option `collection`
const collectionsByHandle = new WeakMap(); // handle → name of the records' place in it → collection

/**
 * Returns the method `claim(collection)` of a store whose records are in the place `name` of `handle`. It throws if another
 * collection in this process has the same place, because each would take the other's records for its own.
 *
 * @param {object} handle the object that the user passed: a connection, a client, a datastore
 * @param {string} name
 * @param {string} remedy how to give each its own place, as code
 */
export function claimOf(handle, name, remedy) {
  return (collection = UNNAMED_COLLECTION) => {
    const claimed = collectionsByHandle.get(handle) ?? new Map();
    collectionsByHandle.set(handle, claimed);
    const holder = claimed.get(name) ?? collection;
    claimed.set(name, holder);
    if (holder === collection) return;
    throw new Error(
      `the collection "${collection}" was given the place of the collection "${holder}"; give each its own: ${remedy}`,
    );
  };
}
