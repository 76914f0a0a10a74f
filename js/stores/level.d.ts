import type { Store } from "../types/store.js";

/** Any abstract-level database of version 2 or 3: classic-level, memory-level, browser-level, or a sublevel of one. */
export interface LevelDatabase {
  /** A part of it, with keys of its own. */
  sublevel(name: string, options: any): any;
  /** The values of these keys. */
  getMany(keys: any[], options?: any): Promise<any[]>;
  /** Carries out all operations or none. */
  batch(operations: any[], options?: any): Promise<void>;
  /** Walks over its entries in the order of their keys. */
  iterator(options?: any): any;
}

/**
 * A store in a sublevel of `db`, which may hold other things too. A batch is one atomic batch of the database, on the
 * disk before `write` resolves. `close()` waits for writes under way and leaves `db` open, for whoever made it.
 *
 * One database serves one process; the driver refuses a second with `LEVEL_LOCKED`. `changes` reports every write and
 * removal through whatever handle of this process: `db`, its sublevels, other stores. For two collections in one
 * database give each its own part: `levelStore(db.sublevel("first"))`.
 *
 * After a write that failed (the disk was full) LevelDB goes on in a torn log, and loses what it acknowledges from then
 * on when it is opened again. So before its next write this store makes it begin a new log, also after a failed write of
 * the task's own; where it cannot, the write rejects. A LevelDB that refuses everything since it could not write a table
 * has to be closed and opened again; the store goes on by itself then. A batch that failed may be there, whole, when the
 * process ends before the next write.
 *
 * @throws TypeError when `db` is no such database
 * @example
 * import { ClassicLevel } from "classic-level";
 * const db = levelStore(new ClassicLevel("./records"));
 */
export function levelStore(db: LevelDatabase): Store;
