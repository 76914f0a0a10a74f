import type { Store } from "../types/store.js";

/** An open `IDBDatabase`. */
export interface IndexedDatabase {
  /** Its name, by which tabs of one origin share it. */
  readonly name: string;
  /** The object stores that it has. */
  readonly objectStoreNames: {
    /** Whether there is one of this name. */
    contains(name: string): boolean;
  };
  /** Begins a transaction. */
  transaction(names: any, mode?: any, options?: any): any;
}

/**
 * A store in a page's or worker's IndexedDB. With a name it makes the database when it is not there, and `close()`
 * closes it; with an open database it uses the object store `dbsharing` in it (`db.createObjectStore("dbsharing")`
 * when it is upgraded), and `close()` leaves it open.
 *
 * Any number of pages and workers may write at once: a batch is one transaction, whole or not at all, and on the disk
 * before `write` resolves where the browser knows `durability: "strict"`. `watch` and `changes` report what other stores
 * over a database of that name write and remove, where the browser has BroadcastChannel; without it there is no
 * `changes`. What is changed past these stores, in the developer tools for example, is found when all versions are read.
 *
 * With a name, a database that the browser closed, or that another page upgraded or deleted, is opened again by the next
 * call: as it is then, empty after it was deleted. An open database that was closed stays so; calls say it.
 *
 * Calls reject, with what the browser said as their `cause`, when the origin's space is used up (`QuotaExceededError`).
 * A browser may delete the data of an origin that has not asked for `navigator.storage.persist()`.
 *
 * @throws TypeError when it is neither a name nor a database, or the open database has no object store `dbsharing`
 * @throws Error when a name is given where there is no IndexedDB
 * @example
 * const { share } = createSharing({ serviceUrl, taskId, db: indexeddbStore("records") });
 */
export function indexeddbStore(nameOrDb: string | IndexedDatabase): Store;
