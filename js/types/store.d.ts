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

/** The least that a task can supply: all records, and a way to put one. */
export interface SimpleDb {
  /** All records that are held. */
  getAll():
    | Iterable<SignedRecord>
    | AsyncIterable<SignedRecord>
    | Promise<Iterable<SignedRecord> | AsyncIterable<SignedRecord>>;
  /** Stores the record under the key, in the place of what is there. */
  put(key: string, record: SignedRecord): void | Promise<void>;
}

/** The `db_model.js` of an existing linktree task, unchanged. It has one slot for each public key. */
export interface LinktreeModel {
  /** All records: bare, or as `{ key, value }`; `null` and `"[]"` stand for none. */
  getAllLinktrees(): unknown;
  /** Stores the record of this public key. `how` is what some models ask for besides. */
  setLinktree(publicKey: string, record: any, how?: any): unknown;
}
