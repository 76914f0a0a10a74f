import type { SignedRecord } from "./record.js";

/** One record as a store keeps it: three strings. */
export interface StoredEntry {
  /** The slot's name: visible ASCII characters. */
  key: string;
  /**
   * 79 ASCII characters whose string order is the order of records: the greater is newer. `""` where the database has
   * damaged it: such an entry counts as absent, and as older than any record.
   */
  version: string;
  /** The whole record as JSON. Opaque: give it back as it is, byte for byte. */
  text: string;
}

/**
 * The full contract of a database. Write your own for whatever you have, and prove it with `testStore` from
 * `dbsharing/testing`; ready-made ones are behind `dbsharing/stores/`.
 */
export interface Store {
  /** The entries of these keys, in the same order; `undefined` for one that is not there. */
  getMany(keys: string[]): Promise<(StoredEntry | undefined)[]>;

  /** All entries, ascending by key in ASCII order; only those after `gt`, and at most `limit`. */
  entries(range?: { gt?: string; limit?: number }): AsyncIterable<StoredEntry>;

  /** The keys and versions of all entries in the same order, for a quicker start. */
  versions?(): AsyncIterable<{ key: string; version: string }>;

  /**
   * Writes each entry only if its version is greater than the stored one, and says which were. It may be called while
   * another call is under way. When it throws, nothing of the batch is stored.
   */
  write(entries: StoredEntry[]): Promise<("written" | "stale")[]>;

  /**
   * Takes away each entry whose stored version is still the one given, and no other. It is called for entries whose text
   * was found to be another than was stored, right before a good copy is written. Without it such an entry stays, and
   * is not served.
   */
  remove?(entries: { key: string; version: string }[]): Promise<void>;

  /** Calls back for writes and deletions that others make in the same database. Gives back what ends it. */
  watch?(onChange: (key: string, entry: StoredEntry | undefined) => void): () => void;

  /** Frees what the store holds; waits for writes under way. */
  close?(): Promise<void>;
}

/**
 * The least that a task can supply: all records, and a way to put one.
 *
 * It is read whole at the start, and for a request that comes more than five seconds after the last reading; before and
 * after each batch of writes its records are gone through as well, but only those of the batch's slots are looked at. A
 * `get` spares that for a few records at a time, such as one edit.
 *
 * What one of its functions throws is `STORE_FAILED`, and for the record alone that `put` refused; what it does not
 * answer within `storeTimeoutMs` is `STORE_TIMEOUT`; what it acknowledges and does not hold a second later is
 * `STORE_DROPPED`.
 *
 * ```js
 * import { createSharing } from "dbsharing";
 *
 * const held = new Map();
 * const db = {
 *   getAll: () => [...held.values()],
 *   get: (key) => held.get(key),
 *   put: (key, record) => void held.set(key, record),
 * };
 * const sharing = createSharing({ taskId: "my-task", db });
 * ```
 */
export interface SimpleDb {
  /** All records that are held. */
  getAll():
    | Iterable<SignedRecord>
    | AsyncIterable<SignedRecord>
    | Promise<Iterable<SignedRecord> | AsyncIterable<SignedRecord>>;
  /** The record that was put under this key; `undefined` or `null` where there is none. */
  get?(key: string): SignedRecord | null | undefined | Promise<SignedRecord | null | undefined>;
  /** Stores the record under the key, in the place of what is there. Throws where the database refuses it. */
  put(key: string, record: SignedRecord): void | Promise<void>;
}

/**
 * The `db_model.js` of an existing linktree task, unchanged: the module itself is the database. It has one slot for each
 * public key, and is read as a {@link SimpleDb} is. Its functions may swallow their errors and need not wait for their own
 * writes: what is there within a second was stored, what is not is `STORE_DROPPED`. A record that would harm a NeDB is
 * `STORE_UNSAFE`.
 *
 * ```js
 * import { createSharing } from "dbsharing";
 *
 * const documents = new Map();
 * const db = {
 *   getAllLinktrees: async () => [...documents.values()],
 *   setLinktree: async (publicKey, record) => void documents.set(publicKey, record),
 * };
 * const sharing = createSharing({ taskId: "my-task", db });
 * ```
 */
export interface LinktreeModel {
  /** All records: bare, or as `{ key, value }`; `null` and `"[]"` stand for none. */
  getAllLinktrees(): unknown;
  /** Stores the record of this public key. `how` is what some models ask for besides. */
  setLinktree(publicKey: string, record: any, how?: any): unknown;
  /** The record of this public key, as one of `getAllLinktrees`. It may throw, or answer with an older document. */
  getLinktree?(publicKey: string): unknown;
  /** Puts the record in the place of the one of this public key. It is called instead of `setLinktree` where there is one. */
  updateLinktree?(publicKey: string, record: any): unknown;
  /** Stores the proof of a record, `{ publicKey, signature }`, after the record itself. */
  setProofs?(publicKey: string, proof: { publicKey: string; signature: string }): unknown;
}
