// A database of the browser: opened by name, and again when the browser or another page closed it; or one that the page
// has opened itself.
import { invalid, wrongArgument } from "./option-errors.js";
import { kindName } from "./kind-name.js";

// The object store of the records.
const OBJECT_STORE = "dbsharing";
/** Errors of requests while the browser closes the database: their transaction did nothing. */
const CLOSING = new Set(["AbortError", "UnknownError"]);
/** While the browser closes the database, several attempts can fail: what is opened in the meantime is closed too. */
const MAX_ATTEMPTS = 5;
const REMEDY = `make it with db.createObjectStore("${OBJECT_STORE}")`;

/** The database of that name, created if need be; `onLost` is called when its content may have changed unseen. */
export class NamedDatabase {
  #name;
  #onLost;
  #opening; // undefined when it has to be opened
  #isClosed = false;

  constructor(name, onLost) {
    this.#name = name;
    this.#onLost = onLost;
    this.#open().catch(ignore); // the next call rejects with it
  }

  /** Runs `work(objectStore)` in a transaction; resolves with its result once that is on the disk. */
  async transact(mode, work) {
    for (let attempt = 1; ; attempt += 1) {
      const opening = this.#open();
      try {
        const transaction = begin(await opening, mode);
        if (transaction) return await carryOut(transaction, work);
        if (attempt === MAX_ATTEMPTS) throwClosed("the browser closes it whenever it is opened");
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || !CLOSING.has(error?.name)) throw error;
      }
      // The browser may not have reported yet that it closed the database.
      this.#lose(opening);
    }
  }

  /** Closes it once the transactions under way have ended. */
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

/** A database that the page opens and closes. */
export class GivenDatabase {
  #db;

  /** @throws {TypeError} when it is not a database, or lacks the object store for the records */
  constructor(db) {
    if (typeof db?.transaction !== "function" || typeof db.objectStoreNames?.contains !== "function") {
      const got = db === "" ? "an empty string" : kindName(db);
      const wanted = "the name of a database, or an open IDBDatabase";
      throw wrongArgument("indexeddbStore(nameOrDb)", got, wanted);
    }
    if (!isPrepared(db)) throw invalid(TypeError, `indexeddbStore(nameOrDb): ${whatIsMissing(db)}`);
    this.#db = db;
  }

  /** Runs `work(objectStore)` in a transaction; resolves with its result once that is on the disk. */
  async transact(mode, work) {
    const remedy = "open it again and make a new store from it, or give the store its name";
    return carryOut(begin(this.#db, mode) ?? throwClosed(remedy), work);
  }

  /** Leaves it open. */
  async close() {}
}

/** The result of a request of IndexedDB. */
export function answerOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Opens the database of that name in its current version; `onGone` is called when it is closed from outside. */
async function open(name, onGone) {
  const request = indexedDB.open(name);
  request.onupgradeneeded = () => request.result.createObjectStore(OBJECT_STORE);
  const db = await answerOf(request);
  if (!isPrepared(db)) {
    db.close();
    throw new Error(whatIsMissing(db));
  }
  // Another page wants to upgrade or delete it, and has to wait until this page closes it.
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

/** A new transaction; undefined if the database is closed. */
function begin(db, mode) {
  try {
    // strict: a batch is on the disk before it is acknowledged, if the browser knows this option.
    return db.transaction(OBJECT_STORE, mode, { durability: "strict" });
  } catch (error) {
    if (error?.name === "InvalidStateError") return undefined;
    throw error;
  }
}

function throwClosed(remedy) {
  throw new Error(`its database was closed; ${remedy}`);
}

/** Settles with the transaction: with the result of `work`, or with what ended the transaction. */
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
