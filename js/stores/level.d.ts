import type { Store } from "../types/store.js";

/** Any abstract-level database of version 2 or 3: classic-level, memory-level, browser-level, or a sublevel of one. */
export interface LevelDatabase {
  /** Returns a part of the database, with its own keys. */
  sublevel(name: string, options: any): any;
  /** Resolves to the values of these keys. */
  getMany(keys: any[], options?: any): Promise<any[]>;
  /** Carries out all operations or none. */
  batch(operations: any[], options?: any): Promise<void>;
  /** Iterates over the entries in the order of their keys. */
  iterator(options?: any): any;
}

/**
 * Returns a store in a sublevel of `db`, which may hold other data too. A batch is one atomic batch of the database, on the
 * disk before `write` resolves. `close()` waits for the writes under way and leaves `db` open.
 *
 * A database serves one process; the driver refuses a second with `LEVEL_LOCKED`. `changes` reports every write and removal
 * made through any handle in this process: `db`, its sublevels, other stores. To keep two collections in one database, give
 * each its own part: `levelStore(db.sublevel("first"))`.
 *
 * After a failed write (a full disk) LevelDB continues in a damaged log, and whatever it acknowledges from then on is lost
 * when it is opened again. So after a failed write, the task's own included, this store makes LevelDB begin a new log before
 * the next write; if that is not possible, the write rejects. A LevelDB that refuses everything because it could not write a
 * table has to be closed and opened again; then the store recovers by itself. If the process ends before the next write, a
 * batch that failed may be there, whole.
 *
 * @throws {ShareError} a TypeError with the code `OPTION_INVALID` if `db` is not such a database
 * @example
 * import { ClassicLevel } from "classic-level";
 * const db = levelStore(new ClassicLevel("./records"));
 */
export function levelStore(db: LevelDatabase): Store;
