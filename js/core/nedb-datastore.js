// What all stores over one NeDB datastore share: the order of their calls, its file, and the repair of what a failed write
// has torn.

// Ends the torn line and may be lost with it: it means nothing.
const END_OF_LINE = "dbsharing/end-of-line";
// NeDB does not open a file of which more than a tenth of the lines cannot be read.
const LINES_BESIDE_TORN = 12;

const sharedByDatastore = new WeakMap();
// The datastore that holds each file for as long as a store over it is open.
const datastoreByFile = new Map();

/** What the stores over this datastore share. */
export function sharedOf(db) {
  if (!sharedByDatastore.has(db)) sharedByDatastore.set(db, new SharedDatastore(db));
  return sharedByDatastore.get(db);
}

class SharedDatastore {
  /** Settles when the last call has ended: calls are carried out one after the other. */
  lastCall = Promise.resolve();
  /** The places whose journal, if any, was replayed. */
  replayed = new Set();
  #db;
  #isTorn = false; // whether the last line of the file may be a part of one
  #abandoned = new Map(); // id of the journal of a batch that failed → ids of its documents

  constructor(db) {
    this.#db = db;
    this.#hearFailures();
  }

  // NeDB goes on after the partial line that a full disk has left, and both are lost when the file is read again. Every
  // write, those of the task included, is appended by this method, in versions that have it.
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
   * Called after a batch that failed and was taken out of memory. If the file may have a part of it, its journal stays
   * there until that is mended, so that whoever opens the file finds the batch whole.
   */
  async abandon(journalId, documentIds) {
    if (this.#db.persistence?.persistNewStateAsync === undefined) this.#isTorn = true; // it may be
    // In a whole file the documents were put back, too.
    const unsureIds = this.#isTorn ? documentIds : [];
    this.#abandoned.set(journalId, new Set([...(this.#abandoned.get(journalId) ?? []), ...unsureIds]));
    if (!this.#isTorn) await this.mend().catch(ignore);
  }

  /** Makes the file agree with memory after a failed write: before that nothing may be acknowledged. */
  async mend() {
    while (this.#isTorn || this.#abandoned.size > 0) {
      const wasTorn = this.#isTorn;
      this.#isTorn = false; // unless a write fails meanwhile
      try {
        for (let lines = 0; wasTorn && lines < LINES_BESIDE_TORN; lines += 2) await this.#appendNothing(END_OF_LINE);
        for (const [journalId, documentIds] of this.#abandoned) {
          for (const _id of documentIds) await this.#appendAgain(_id);
          await call(this.#db, "remove", { _id: journalId }, {});
          this.#abandoned.delete(journalId);
        }
      } catch (error) {
        this.#isTorn ||= wasTorn;
        throw error;
      }
    }
  }

  /** Throws if what was just written may come after a partial line. */
  refuseTorn() {
    if (this.#isTorn) throw new Error("another write to its file failed meanwhile");
  }

  async #appendAgain(_id) {
    const [document] = await call(this.#db, "find", { _id }, {});
    await (document ? this.#append(document) : this.#appendNothing(_id));
  }

  async #appendNothing(_id) {
    await this.#append({ _id });
    await call(this.#db, "remove", { _id }, {});
  }

  #append(document) {
    return call(this.#db, "update", { _id: document._id }, document, { upsert: true });
  }
}

/** Calls a method of any NeDB: some take callbacks, some have a second method that returns a promise, some return one themselves. */
export function call(db, method, ...args) {
  if (typeof db[`${method}Async`] === "function") return db[`${method}Async`](...args);
  return new Promise((resolve, reject) => {
    const answer = db[method](...args, (error, result) => (error ? reject(error) : resolve(result)));
    answer?.then?.(resolve, reject);
  });
}

/**
 * Holds the file of the datastore for a store; returns the function that releases it. Two datastore objects over one file do not see
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
