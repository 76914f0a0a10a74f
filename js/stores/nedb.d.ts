import type { Store } from "../types/store.js";

/** A datastore of `nedb-promises`, `@seald-io/nedb` or `nedb` itself, whether its methods take callbacks or return promises. */
export interface NedbDatastore {
  /** Finds the documents that match. */
  find(...args: any[]): any;
  /** Adds documents. */
  insert(...args: any[]): any;
  /** Changes or adds a document. */
  update(...args: any[]): any;
  /** Removes documents. */
  remove(...args: any[]): any;
}

/** Where in the datastore the records are. */
export interface NedbStoreOptions {
  /** Separates this collection from others: 1 to 64 letters, digits, `-` and `_`. Default: no name. */
  name?: string | undefined;
}

/**
 * Returns a store among the other documents of `datastore`, which it neither reads nor changes: the `_id` of its own documents
 * begins with `dbsharing/`. A task that lists all its documents (`find({})`) also gets these. To keep several collections in
 * one datastore, give each a `name`; one of them may go without.
 *
 * NeDB does not report what the task, or one of its TTL indexes, removes, so there is no `changes`: a Sharing notices removals
 * when it reads all versions again, every 10 minutes.
 *
 * A batch is written whole or not at all, even if the process is killed in the middle: the next store over the file finishes
 * it when it is first used. After a full disk, NeDB continues behind an incomplete line, and the line after it is lost when
 * the file is read again. So after a failed write, the task's own included, this store ends the incomplete line, and writes
 * again what may be lost, before it acknowledges anything. If the process ends before that, a batch that failed may be there,
 * whole. An acknowledged write survives the end of the process, but not always a loss of power, because NeDB leaves it to the
 * operating system when its file reaches the disk. NeDB does not open a file of fewer than ten lines, whoever wrote it, if a
 * killed process left the last line unfinished; large batches make such a line more likely. `close()` waits for the calls
 * under way and leaves the datastore as it is.
 *
 * NeDB rewrites its file whenever it opens it. On Node 18 it does not notice if the disk is full at that moment, and loses
 * what did not fit, the task's own documents included; on later versions the old file is kept.
 *
 * NeDB keeps everything in memory, and only one process at a time may use a file: a second one is not noticed, and each loses
 * what the other writes. A unique index of the task on a field that records do not have must be `sparse`; otherwise NeDB
 * refuses the second record.
 *
 * A datastore of `@seald-io/nedb` has to be loaded (`autoload`, or `loadDatabaseAsync`); until then calls wait.
 *
 * @throws {ShareError} a TypeError with the code `OPTION_INVALID` if `datastore` is not a NeDB datastore, or has
 *   `compareStrings`; or if `name` is not valid
 * @throws Error with the code `NEDB_LOCKED` if another datastore object in this process has a store over the same file name:
 *   use that datastore, or close that store first
 * @example
 * const { share } = createSharing({ serviceUrl, taskId, db: nedbStore(await namespaceWrapper.getDb()) });
 */
export function nedbStore(datastore: NedbDatastore, options?: NedbStoreOptions): Store;
