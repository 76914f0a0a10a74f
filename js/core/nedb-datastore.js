// What all stores over one NeDB datastore share: the order of their calls, its file, and the mending of what a failed
// write has torn.

const sharedByDatastore = new WeakMap();
// The datastore that holds each file for as long as a store over it is open.
const datastoreByFile = new Map();

/** What the stores over this datastore share. */
export function sharedOf(db) {
  if (!sharedByDatastore.has(db)) sharedByDatastore.set(db, new SharedDatastore(db));
  return sharedByDatastore.get(db);
}

class SharedDatastore {
  /** Settles when the last call that was begun has ended: calls are carried out one after the other. */
  lastCall = Promise.resolve();
  /** The places whose journal was replayed, if there was one. */
  replayed = new Set();
  #db;
  #isTorn = false;
  #abandoned = new Set(); // ids of journals of batches that failed

  constructor(db) {
    this.#db = db;
    this.#hearFailures();
  }

  // NeDB appends to its file, and goes on behind what a full disk has torn: the next line is lost when the file is read
  // again. All that is written, the task's own documents too, is appended by this method, where NeDB has it.
  #hearFailures() {
    const { persistence } = this.#db;
    const append = persistence?.persistNewStateAsync?.bind(persistence);
    if (append === undefined) return;
    persistence.persistNewStateAsync = async (documents) => {
      try {
        await append(documents);
      } catch (error) {
        this.#isTorn = true;
        throw error;
      }
    };
  }

  /**
   * After a batch that failed, and is no more in memory. Its journal goes, unless the file may have a part of the batch:
   * then it stays there, so that whoever opens the file finds the batch whole, until the file is what memory is.
   */
  async abandon(journalId) {
    if (this.#db.persistence?.persistNewStateAsync === undefined) this.#isTorn = true; // it may be
    this.#abandoned.add(journalId);
    if (!this.#isTorn) await this.#removeAbandoned().catch(ignore);
  }

  /** Makes the file what memory is, where a write failed: before that nothing may be acknowledged. */
  async mend() {
    if (this.#isTorn) {
      this.#isTorn = false; // unless a write fails meanwhile
      await this.#compact();
    }
    await this.#removeAbandoned();
  }

  async #compact() {
    try {
      await compact(this.#db);
    } catch (error) {
      this.#isTorn = true;
      throw error;
    }
  }

  async #removeAbandoned() {
    for (const journalId of this.#abandoned) {
      await call(this.#db, "remove", { _id: journalId }, {});
      this.#abandoned.delete(journalId);
    }
  }
}

/** Calls a method of any NeDB: some take callbacks, some have a twin that gives a promise, some give one themselves. */
export function call(db, method, ...args) {
  if (typeof db[`${method}Async`] === "function") return db[`${method}Async`](...args);
  return new Promise((resolve, reject) => {
    const answer = db[method](...args, (error, result) => (error ? reject(error) : resolve(result)));
    answer?.then?.(resolve, reject);
  });
}

/** Writes all that is in memory to a new file, which takes the place of the old one. */
function compact(db) {
  const { executor, persistence } = db;
  if (typeof db.compactDatafileAsync === "function") return db.compactDatafileAsync();
  if (typeof executor?.push !== "function" || typeof persistence?.persistCachedDatabase !== "function") {
    throw new Error("its file may be torn by a write that failed, and it cannot be compacted; open it again");
  }
  return new Promise((resolve, reject) => {
    const done = (error) => (error ? reject(error) : resolve());
    executor.push({ this: persistence, fn: persistence.persistCachedDatabase, arguments: [done] });
  });
}

/**
 * Holds the file of the datastore for a store; gives what releases it. Two datastore objects over one file do not see
 * each other's writes, and each compacts the other's away.
 *
 * @throws {Error} with the code "NEDB_LOCKED" when a store over another datastore object holds it
 */
export function holdFile(db) {
  const file = db.filename;
  if (typeof file !== "string" || db.inMemoryOnly) return ignore;
  const holder = datastoreByFile.get(file) ?? { db, stores: 0 };
  if (holder.db !== db) {
    const why = `another datastore object has a store over ${file}`;
    const message = `nedbStore: ${why}; use that one, or close its store first`;
    throw Object.assign(new Error(message), { code: "NEDB_LOCKED" });
  }
  holder.stores += 1;
  datastoreByFile.set(file, holder);
  return () => {
    holder.stores -= 1;
    if (holder.stores === 0) datastoreByFile.delete(file);
  };
}

function ignore() {}
