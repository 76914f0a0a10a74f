import type { Store } from "../types/store.js";

/** A datastore of `nedb-promises`, of `@seald-io/nedb`, or of `nedb` itself, with its methods of any kind. */
export interface NedbDatastore {
  /** The documents that match. */
  find(...args: any[]): any;
  /** Adds documents. */
  insert(...args: any[]): any;
  /** Changes or adds a document. */
  update(...args: any[]): any;
  /** Removes documents. */
  remove(...args: any[]): any;
}

/** Where in a datastore the records are. */
export interface NedbStoreOptions {
  /** The collection's place beside others: 1 to 64 letters, digits, `-` and `_`. Default: the place that has no name. */
  name?: string | undefined;
}

/**
 * A store among the other documents of `datastore`, which it neither reads nor changes: its own have an `_id` that
 * begins with `dbsharing/`. A task that lists all its documents (`find({})`) meets these among them. Several collections
 * in one datastore have a `name` each, or all but one.
 *
 * NeDB does not say what the task, or a TTL index of its, removes, so there is no `changes`: a Sharing finds that when it
 * reads all versions again, every 10 minutes.
 *
 * A batch is written whole or not at all, also when the process is killed in the middle: what was begun is finished
 * when the next store over the file is first used. NeDB goes on behind a line that a full disk has torn, and loses the
 * next one when it reads its file again; so after a failed write, of the task's own too, this store ends that line, and
 * writes again what may be lost, before it acknowledges anything. A batch that failed may be there, whole, when the process ends before that. An
 * acknowledged write survives the end of the process, but not always a loss of power, because NeDB leaves it to the
 * system when its file reaches the disk. NeDB itself does not
 * open a file of fewer than ten lines, foreign or not, whose last one a killed process left unfinished; large batches
 * make such a line likelier. `close()` waits for calls under way and leaves the datastore as it is.
 *
 * NeDB writes its file anew whenever it opens it. On Node 18 it does not notice when the disk is full just then, and
 * loses what did not fit, the task's own documents too; later versions keep the old file.
 *
 * NeDB keeps everything in memory, and one process at a time may use a file: a second one that opens it is not
 * noticed, and each loses what the other writes. A unique index of the task's on a field that records lack has to be
 * `sparse`, or NeDB refuses the second record.
 *
 * A datastore of `@seald-io/nedb` has to be loaded (`autoload`, or `loadDatabaseAsync`); until then calls wait.
 *
 * @throws TypeError when `datastore` is not a NeDB datastore, or has `compareStrings`; or when `name` is none
 * @throws Error with the code `NEDB_LOCKED` when another datastore object in this process has a store over the same
 *   file name: use that datastore, or close that store first
 * @example
 * const { share } = createSharing({ serviceUrl, taskId, db: nedbStore(await namespaceWrapper.getDb()) });
 */
export function nedbStore(datastore: NedbDatastore, options?: NedbStoreOptions): Store;
