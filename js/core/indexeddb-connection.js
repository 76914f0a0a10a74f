// A database of the browser, opened by name, or again where the browser or another page took it away; or one that the
// page has opened itself.
import { invalid } from "./option-errors.js";
import { kindName } from "./kind-name.js";

// The object store of the records.
const OBJECT_STORE = "dbsharing";
/** What a request fails with while the browser closes the database: its transaction did nothing. */
const CLOSING = new Set(["AbortError", "UnknownError"]);
/** One closing can end several: what is opened while it lasts is closed as well. */
const MOST_ATTEMPTS = 5;
const REMEDY = `make it with db.createObjectStore("${OBJECT_STORE}")`;

/** The database of that name, which is made when it is not there; `onLost` is called when what it holds may be another. */
export class NamedDatabase {
  #name;
  #onLost;
  #opening; // undefined where it has to be opened
  #isClosed = false;

  constructor(name, onLost) {
    this.#name = name;
    this.#onLost = onLost;
    this.#open().catch(ignore); // who uses it hears of it
  }

  /** Carries out `work(objectStore)` in a transaction; gives what it gives, when that is on the disk. */
  async transact(mode, work) {
    for (let attempt = 1; ; attempt += 1) {
      const opening = this.#open();
      try {
        const transaction = begin(await opening, mode);
        if (transaction) return await carryOut(transaction, work);
        if (attempt === MOST_ATTEMPTS) wasClosed("the browser closes it");
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || !CLOSING.has(error?.name)) throw error;
      }
      // The browser may not have said yet that it has closed it.
      this.#lose(opening);
    }
  }

  /** Closes it when what is under way has ended. */
  async close() {
    this.#isClosed = true;
    await this.#opening?.then((db) => db.close(), ignore);
  }

  #open() {
    if (this.#opening !== undefined) return this.#opening;
    if (this.#isClosed) return Promise.reject(new Error("this store is closed"));
    const opening = open(this.#name, () => this.#lose(opening));
    this.#opening = opening;
    opening.catch(() => this.#lose(opening)); // the next call tries again
    return opening;
  }

  #lose(opening) {
    if (this.#opening !== opening) return;
    this.#opening = undefined;
    this.#onLost();
  }
}

/** A database that the page has opened, and closes. */
export class GivenDatabase {
  #db;

  /** @throws {TypeError} when it is not a database, or lacks the object store for the records */
  constructor(db) {
    if (typeof db?.transaction !== "function" || typeof db.objectStoreNames?.contains !== "function") {
      const got = db === "" ? "an empty text" : kindName(db);
      const wanted = "the name of a database, or an open IDBDatabase";
      throw invalid(TypeError, `indexeddbStore(nameOrDb) wants ${wanted}; it got ${got}`);
    }
    if (!isPrepared(db)) throw invalid(TypeError, `indexeddbStore(nameOrDb): ${whatIsMissing(db)}`);
    this.#db = db;
  }

  /** Carries out `work(objectStore)` in a transaction; gives what it gives, when that is on the disk. */
  async transact(mode, work) {
    const remedy = "open it again and make a new store of it, or give the store its name";
    return carryOut(begin(this.#db, mode) ?? wasClosed(remedy), work);
  }

  /** Leaves it open. */
  async close() {}
}

/** What a request of IndexedDB gives. */
export function answerOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Opens the database of that name, of whatever version it has; `onGone` hears when it is taken away. */
async function open(name, onGone) {
  const request = indexedDB.open(name);
  request.onupgradeneeded = () => request.result.createObjectStore(OBJECT_STORE);
  const db = await answerOf(request);
  if (!isPrepared(db)) {
    db.close();
    throw new Error(whatIsMissing(db));
  }
  // Another page upgrades or deletes it. Not to close it would hold that up for as long as this page is open.
  db.onversionchange = () => {
    onGone();
    db.close();
  };
  db.onclose = onGone;
  return db;
}

function isPrepared(db) {
  return db.objectStoreNames.contains(OBJECT_STORE);
}

function whatIsMissing({ name }) {
  return `the database ${name} has no object store "${OBJECT_STORE}"; ${REMEDY}`;
}

/** A transaction; undefined where the database is closed. */
function begin(db, mode) {
  try {
    // strict: a batch is on the disk before it is acknowledged, where the browser knows the word.
    return db.transaction(OBJECT_STORE, mode, { durability: "strict" });
  } catch (error) {
    if (error?.name === "InvalidStateError") return undefined;
    throw error;
  }
}

function wasClosed(remedy) {
  throw new Error(`its database was closed; ${remedy}`);
}

/** Settles when the transaction has: with what `work` gave, or with what ended it. */
async function carryOut(transaction, work) {
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

function ignore() {}
