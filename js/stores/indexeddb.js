// Records in a page's or worker's IndexedDB. Every batch and every page is a transaction of its own, because one that
// waits for its caller ends by itself.

import { checkEntries, decideWrites, isVersion } from "../core/store-contract.js";

// One object store holds both what is listed whole and what is listed quickly, under ["record", key] and
// ["version", key]. An array sorts after every text, so that [kind, []] is past the last key.
const OBJECT_STORE = "dbsharing";
const PAGE_RECORDS = 100;
const PAGE_VERSIONS = 1_000;

/**
 * A store in the database of that name, which is made when it is not there; or in an open one, which has an object
 * store `dbsharing` without a key path.
 *
 * @param {string | IDBDatabase} nameOrDb
 * @returns {import("../index.js").Store}
 * @throws {TypeError} when it is neither a name nor a database, or the database has no such object store
 * @throws {Error} when a name is given where there is no IndexedDB
 * @example
 * const { share } = createSharing({ serviceUrl, taskId, db: indexeddbStore("records") });
 */
export function indexeddbStore(nameOrDb) {
  const isOurs = typeof nameOrDb === "string" && nameOrDb !== "";
  if (!isOurs) checkDatabase(nameOrDb);
  else if (typeof indexedDB !== "object") throw new Error("indexeddbStore(name): there is no IndexedDB here");
  let whyClosed; // the sentence that every later call is refused with
  const opening = isOurs ? open(nameOrDb, refuseFromNow) : Promise.resolve(nameOrDb);
  opening.catch(ignore); // the calls tell of it
  const channel = channelOf(isOurs ? nameOrDb : nameOrDb.name);
  const writes = new Set();

  function refuseFromNow(why) {
    whyClosed ??= why;
  }

  async function attempt(what, mode, work) {
    if (whyClosed) throw new Error(`indexeddbStore could not ${what}: ${whyClosed}`);
    try {
      return await inTransaction(await opening, mode, work);
    } catch (cause) {
      throw new Error(`indexeddbStore could not ${what}: ${whyClosed ?? reasonOf(cause)}`, { cause });
    }
  }

  async function* pages(what, kind, gt, size) {
    for (let after = gt === undefined ? [kind] : [kind, gt]; ; ) {
      const range = IDBKeyRange.bound(after, [kind, []], true);
      const [keys, values] = await attempt(what, "readonly", (objects) =>
        Promise.all([answerOf(objects.getAllKeys(range, size)), answerOf(objects.getAll(range, size))]),
      );
      if (keys.length > 0) yield keys.map(([, key], index) => [key, values[index]]);
      if (keys.length < size) return;
      after = keys[size - 1];
    }
  }

  async function writeNewer(entries) {
    let decided;
    await attempt(`write ${entries.length} entries`, "readwrite", async (objects) => {
      const held = await Promise.all(entries.map(({ key }) => answerOf(objects.get(["version", key]))));
      decided = decideWrites(entries, held.map(versionOf));
      for (const { key, version, text } of decided.winners) {
        objects.put({ version, text }, ["record", key]);
        objects.put(version, ["version", key]);
      }
    });
    if (decided.winners.length > 0) channel?.postMessage(decided.winners.map(({ key }) => key));
    return decided.outcomes;
  }

  async function getMany(keys) {
    const values = await attempt(`read ${keys.length} keys`, "readonly", (objects) =>
      Promise.all(keys.map((key) => answerOf(objects.get(["record", key])))),
    );
    return values.map((value, index) => entryOf(keys[index], value));
  }

  return {
    getMany,

    async *entries({ gt, limit = Infinity } = {}) {
      let left = limit;
      if (left <= 0) return;
      for await (const page of pages("list its entries", "record", gt, Math.min(PAGE_RECORDS, left))) {
        for (const [key, value] of page) {
          yield entryOf(key, value);
          left -= 1;
          if (left <= 0) return;
        }
      }
    },

    async *versions() {
      for await (const page of pages("list its versions", "version", undefined, PAGE_VERSIONS)) {
        for (const [key, version] of page) yield { key, version: versionOf(version) };
      }
    },

    async write(entries) {
      checkEntries(entries);
      const write = writeNewer(entries);
      writes.add(write);
      return write.finally(() => writes.delete(write));
    },

    async remove(entries) {
      await attempt(`remove ${entries.length} entries`, "readwrite", async (objects) => {
        const held = await Promise.all(entries.map(({ key }) => answerOf(objects.get(["version", key]))));
        for (const { key } of entries.filter(({ version }, at) => held[at] === version)) {
          objects.delete(["record", key]);
          objects.delete(["version", key]);
        }
      });
    },

    watch(onChange) {
      let lastTold = Promise.resolve(); // what was written later is told later
      async function tell(keys) {
        const entries = await getMany(keys).catch(() => []); // the next call of the store says what is wrong
        entries.forEach((entry, index) => onChange(keys[index], entry));
      }
      const hear = ({ data: keys }) => {
        lastTold = lastTold.then(() => tell(keys));
      };
      channel?.addEventListener("message", hear);
      return () => channel?.removeEventListener("message", hear);
    },

    async close() {
      refuseFromNow("this store is closed");
      await Promise.allSettled(writes);
      channel?.close();
      if (isOurs) await opening.then((db) => db.close(), ignore);
    },
  };
}

function checkDatabase(db) {
  if (typeof db?.transaction !== "function" || typeof db.objectStoreNames?.contains !== "function") {
    const got = db === null ? "null" : db === "" ? "an empty text" : typeof db;
    const wanted = "the name of a database, or an open IDBDatabase";
    throw new TypeError(`indexeddbStore(nameOrDb) wants ${wanted}; it got ${got}`);
  }
  if (db.objectStoreNames.contains(OBJECT_STORE)) return;
  throw new TypeError(`indexeddbStore(nameOrDb): ${whatIsMissing(db)}`);
}

function whatIsMissing({ name }) {
  const remedy = `make it with db.createObjectStore("${OBJECT_STORE}")`;
  return `the database ${name} has no object store "${OBJECT_STORE}"; ${remedy}`;
}

/** Opens the database of that name; `onGone(why)` hears when the browser or another page takes it away. */
async function open(name, onGone) {
  const request = indexedDB.open(name); // of whatever version it has
  request.onupgradeneeded = () => request.result.createObjectStore(OBJECT_STORE);
  const db = await answerOf(request);
  if (!db.objectStoreNames.contains(OBJECT_STORE)) {
    db.close();
    throw new Error(whatIsMissing(db));
  }
  // Not to close would hold up the other page for as long as this one is open.
  db.onversionchange = () => {
    onGone("another page has upgraded or deleted its database");
    db.close();
  };
  db.onclose = () => onGone("the browser has closed its database");
  return db;
}

/** Settles when the transaction has: with what `work` gave, or with what ended it. */
async function inTransaction(db, mode, work) {
  // strict: a batch is on the disk before it is acknowledged, where the browser knows the word.
  const transaction = db.transaction(OBJECT_STORE, mode, { durability: "strict" });
  const ended = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error ?? new Error("the browser ended the transaction"));
  });
  ended.catch(ignore); // when work fails first
  let result;
  try {
    result = await work(transaction.objectStore(OBJECT_STORE));
  } catch (error) {
    abort(transaction);
    throw error;
  }
  await ended;
  return result;
}

function abort(transaction) {
  try {
    transaction.abort();
  } catch {
    // It has ended already.
  }
}

function answerOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// The stores of other pages and workers hear by it which keys were written. A browser without it hears nothing.
function channelOf(name) {
  return typeof BroadcastChannel === "function" ? new BroadcastChannel(`dbsharing ${name}`) : undefined;
}

function entryOf(key, value) {
  if (value === undefined) return undefined;
  const { version, text } = Object(value);
  return { key, version: versionOf(version) ?? "", text: typeof text === "string" ? text : "" };
}

// What something else has damaged counts as older than any record, so that a good copy replaces it.
function versionOf(version) {
  if (version === undefined) return undefined;
  return isVersion(version) ? version : "";
}

// A browser's error may be all name and no message.
function reasonOf(cause) {
  const { name, message } = Object(cause);
  return name && name !== "Error" ? `${name} ${message}`.trim() : String(message ?? cause);
}

function ignore() {}
