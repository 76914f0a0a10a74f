import type { Store } from "../types/store.js";

/** An open `IDBDatabase`. */
export interface IndexedDatabase {
  /** Its name, under which the tabs of one origin share it. */
  readonly name: string;
  /** The object stores that it has. */
  readonly objectStoreNames: {
    /** Whether there is one with this name. */
    contains(name: string): boolean;
  };
  /** Begins a transaction. */
  transaction(names: any, mode?: any, options?: any): any;
}

/**
 * Returns a store in the IndexedDB of a page or worker. Given a name, it creates the database if there is none, and `close()`
 * closes it. Given an open database, it uses the object store `dbsharing` in it (create it when the database is upgraded:
 * `db.createObjectStore("dbsharing")`), and `close()` leaves the database open.
 *
 * Any number of pages and workers may write at the same time. A batch is one transaction, written whole or not at all, and on
 * the disk before `write` resolves in browsers that know `durability: "strict"`. In browsers with BroadcastChannel, `watch` and
 * `changes` report what other stores over a database with this name write and remove; in others there is no `changes`. What is
 * changed without these stores, for example in the developer tools, is found when all versions are read.
 *
 * Given a name, a database that the browser closed, or that another page upgraded or deleted, is opened again by the next call,
 * in its new state: empty if it was deleted. An open database that was closed stays closed, and calls reject and say so.
 *
 * If the origin's space is used up (`QuotaExceededError`), calls reject, with the browser's error as the `cause`. A browser may
 * delete the data of an origin unless it has asked for `navigator.storage.persist()`.
 *
 * @throws {ShareError} a TypeError with the code `OPTION_INVALID` if `nameOrDb` is neither a name nor a database, or if the open
 *   database has no object store `dbsharing`
 * @throws Error if a name is given and there is no IndexedDB
 * @example
 * const { share } = createSharing({ serviceUrl, taskId, db: indexeddbStore("records") });
 */
export function indexeddbStore(nameOrDb: string | IndexedDatabase): Store;
