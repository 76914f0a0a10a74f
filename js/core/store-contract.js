// What every ready-made store asks of the entries it is given, how a batch is decided where the database has no
// conditional write of its own, and how a database that is asked for rows is read in pages.

import { kindName } from "./kind-name.js";

// Base58 of a public key, a slash, and a uuid of 256 bytes, all of which may be escaped: 44 + 1 + 3 × 256.
const KEY = /^[\x21-\x7e]{1,813}$/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const VERSION = /^[0-9a-f]{14}-[0-9a-f]{64}$/;

/** The length in characters of every version: 14 hex digits of the timestamp, "-", 64 of the content id. */
export const VERSION_LENGTH = 79;

/** "read 1 key", "read 3 keys": what could not be done. */
export function readOf(keys) {
  return `read ${keys.length} ${keys.length === 1 ? "key" : "keys"}`;
}

/** "write 1 entry", "remove 3 entries". */
export function changeOf(verb, entries) {
  return `${verb} ${entries.length} ${entries.length === 1 ? "entry" : "entries"}`;
}

/** Whether `text` is a key that a store may hold; what has another one in the place of our entries counts as absent. */
export function isKey(text) {
  return typeof text === "string" && KEY.test(text);
}

/** Whether `text` is a record's version. Versions of this form compare as strings the way records compare. */
export function isVersion(text) {
  return typeof text === "string" && VERSION.test(text);
}

/**
 * Gives nothing back; throws a TypeError that names the first entry that no store may hold. A store calls it before
 * it writes anything, so that a batch with one bad entry leaves nothing behind.
 */
export function checkEntries(entries) {
  if (!Array.isArray(entries)) {
    throw new TypeError(`write(entries) wants an array of entries; it got ${kindName(entries)}`);
  }
  entries.forEach((entry, index) => {
    const fault = faultOf(entry);
    if (fault) throw new TypeError(`write(entries): entry ${index} ${fault}`);
  });
}

function faultOf(entry) {
  if (entry === null || typeof entry !== "object") return "is not an object { key, version, text }";
  // Only ASCII sorts the same by bytes (LevelDB, SQL) and by UTF-16 units (JavaScript).
  if (!isKey(entry.key)) return "wants a key of 1 to 813 visible ASCII characters";
  if (!isVersion(entry.version)) return "wants a version of 14 hex digits, a dash and 64 hex digits";
  if (typeof entry.text !== "string") return "wants its text to be a string";
  if (!isStorable(entry.text)) return "wants its text to be without U+0000 and lone surrogates";
  return undefined;
}

// SQLite's readers stop at U+0000, PostgreSQL refuses it, and UTF-8 has no lone surrogates: no record's JSON holds either.
function isStorable(text) {
  const isWellFormed = text.isWellFormed ? text.isWellFormed() : !LONE_SURROGATE.test(text);
  return isWellFormed && !text.includes("\0");
}

/**
 * What a batch comes to: `outcomes`, in the order of `entries`, and `winners`, the entries to write. An entry wins if
 * its version is greater than the held one and than every other of its key in the batch; of two equals the first wins.
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
 * Pages of rows, ascending by key, each read by a question of its own: nothing stays open while the caller of the
 * generator does something else. Rows that are not entries, written by others, are left out.
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

/** What a driver said, cut: some put all that they were sent into their messages. */
export function shortened(reason) {
  return reason.length > MOST_REASON_CHARACTERS ? `${reason.slice(0, MOST_REASON_CHARACTERS - 1)}…` : reason;
}

const UNNAMED_COLLECTION = "linktree"; // what the option `collection` is where it is not given
const collectionsByHandle = new WeakMap(); // handle → name of the records' place in it → collection

/**
 * The `claim(collection)` of a store whose records are in the place `name` of `handle`: it throws where another
 * collection of this process has the same place, because each would take the other's records for its own.
 *
 * @param {object} handle the object that the user gave: a connection, a client, a datastore
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
