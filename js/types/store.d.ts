import type { SignedRecord } from "./record.js";

/** One record as a store keeps it: three strings. */
export interface StoredEntry {
  /**
   * The key of the slot: 1 to 813 visible ASCII characters (U+0021 to U+007E). It may contain characters that are special
   * to a database: `/`, `%`, `$`, `.`, quotes. `__proto__` is a key like any other. Keys are case-sensitive.
   */
  key: string;
  /**
   * 79 ASCII characters, `/^[0-9a-f]{14}-[0-9a-f]{64}$/`. Versions compare as strings: the greater one is newer. A store
   * returns `""` if the stored version is damaged; such an entry counts as absent, and as older than any record.
   */
  version: string;
  /**
   * The whole record as JSON, of any length, without U+0000 and without lone surrogates. Opaque: return it unchanged,
   * character for character, including unusual ones (U+2028, U+0085, a byte order mark, a trailing line break).
   */
  text: string;
}

/** One change to a key: an entry was written or removed. */
export interface StoreChange {
  /** The key of the slot. */
  key: string;
  /**
   * The version that the database holds under this key when it is asked: `undefined` if it holds none, `""` if the
   * version is damaged.
   */
  version: string | undefined;
}

/** What changed in a database: the answer of `changes`. */
export interface StoreChanges {
  /** Marks the moment of this answer; the next call passes it. Opaque, and valid only for this store object. */
  mark: string;
  /**
   * Every key that was written or removed after the moment that `since` marks, each once, in any order; empty if nothing
   * changed. `undefined` if the store cannot tell: then all versions are read after this call.
   */
  entries?: StoreChange[] | undefined;
}

/**
 * The full contract of a database. Write a store for your own database and test it with `testStore` from
 * `dbsharing/testing`; ready-made stores are under `dbsharing/stores/`.
 *
 * Only `getMany`, `entries` and `write` are required. These rules hold for every method:
 *
 * - Calls may overlap, of the same method and of different ones, and a call may come while a listing is unfinished.
 * - A call sees everything that was written before it began. The objects that a store returns belong to the caller:
 *   changing them, or changing what was passed to `write` afterwards, changes nothing in the store.
 * - A method rejects with an `Error` if the database fails, and after `close`. Absence and failure are never confused: an
 *   empty answer means that the database was asked and holds nothing.
 * - Whatever is stored in the same place without being an entry (a key with other characters or too long, a row written by
 *   something else) counts as absent: it is left out and affects nothing else.
 *
 * @example
 * // The smallest store that passes the suite; it lives as long as the process.
 * const isEntry = ({ key, version, text }) =>
 *   [key, version, text].every((value) => typeof value === "string") &&
 *   /^[\x21-\x7e]{1,813}$/.test(key) &&
 *   /^[0-9a-f]{14}-[0-9a-f]{64}$/.test(version);
 *
 * function mapStore() {
 *   const held = new Map();
 *   return {
 *     getMany: async (keys) => keys.map((key) => (held.has(key) ? { ...held.get(key) } : undefined)),
 *     async *entries({ gt = "", limit = Infinity } = {}) {
 *       const keys = [...held.keys()].filter((key) => key > gt).sort();
 *       for (const key of keys.slice(0, limit)) yield { ...held.get(key) };
 *     },
 *     async write(entries) {
 *       if (!entries.every(isEntry)) throw new TypeError("an entry is malformed; wanted { key, version, text }");
 *       const newest = new Map(); // key → the first entry of the greatest version
 *       for (const entry of entries) {
 *         if (!(newest.get(entry.key)?.version >= entry.version)) newest.set(entry.key, entry);
 *       }
 *       return entries.map((entry) => {
 *         const isStale = newest.get(entry.key) !== entry || held.get(entry.key)?.version >= entry.version;
 *         if (!isStale) held.set(entry.key, { ...entry });
 *         return isStale ? "stale" : "written";
 *       });
 *     },
 *   };
 * }
 */
export interface Store {
  /**
   * Resolves to one answer for each key, in the same order: its entry, or `undefined` if there is none. A call may name a
   * key twice. For no keys it resolves to `[]`.
   */
  getMany(keys: string[]): Promise<(StoredEntry | undefined)[]>;

  /**
   * Returns the entries in strictly ascending ASCII order of their keys (`"B"` before `"a"`, whatever the collation of the
   * database): only those with keys greater than `gt`, which need not exist, and at most `limit`, which may be 0.
   *
   * The caller may stop in the middle, and may write during the listing. An entry that exists during the whole listing is in
   * it; one that is added meanwhile may be.
   */
  entries(range?: { gt?: string; limit?: number }): AsyncIterable<StoredEntry>;

  /** Returns the keys and versions of all entries, in the same order, for a faster start. */
  versions?(): AsyncIterable<{ key: string; version: string }>;

  /**
   * Writes each entry only if its version is greater than the stored one, and resolves to the outcome of each, in the same
   * order: `"written"` or `"stale"`. If a batch has several entries with one key, only the one with the greatest version can
   * be written, and of several with that version the first; the others are stale. An entry with the stored version is stale,
   * whatever its text.
   *
   * A batch is written whole or not at all: if the call rejects, nothing of it is stored (after a crash the batch may be
   * there, but then whole). The call rejects, before it writes anything, if an entry is not a {@link StoredEntry}: an empty
   * key, a key with a space or an `é`, a version in another form, a text that is not a string. Comparing and writing are one
   * step: if many calls write one key at the same time, in any number of processes, the greatest version remains.
   */
  write(entries: StoredEntry[]): Promise<("written" | "stale")[]>;

  /**
   * Removes each entry whose stored version is still the given one, and no other. It is called for entries whose text turned
   * out to differ from what was stored, right before a good copy is written; afterwards an older version may be written.
   * Without this method such an entry stays, and is not served.
   */
  remove?(entries: { key: string; version: string }[]): Promise<void>;

  /**
   * Resolves to what was written or removed since a mark, by this store object, another one, another process or an
   * operator. It is called at the beginning of each round, and before requests are answered, at most once a second; so it
   * has to be cheap when nothing changed.
   *
   * - `changes()` resolves to a mark only. Then all versions are read, and from then on changes are asked for.
   * - `changes(mark)` resolves to a new mark, and to `entries` with every key that was written or removed after the moment
   *   that the given mark stands for. They may include what this store object wrote itself. Reporting a change twice is
   *   fine, missing one is not: a new mark stands for a moment before its entries are read, or for that same moment, and a
   *   change whose transaction is not yet visible to this call is reported by a later one. A mark may be used more than once.
   * - `entries` is absent if more than 10 000 keys changed, if this store object did not issue the mark (garbage, or the
   *   mark of another object, even over the same data), and if the store cannot tell, for example because the database was
   *   restarted, emptied or restored from a backup meanwhile. Then all versions are read again.
   *
   * Resolves to `undefined` if this store cannot report changes at present. Then, and without this method, all versions are
   * read again every 10 minutes.
   */
  changes?(since?: string): Promise<StoreChanges | undefined>;

  /**
   * Calls `onChange` for writes and deletions that others make in the same database, with the current entry, or `undefined`
   * if there is none. Returns a function that stops the calls.
   */
  watch?(onChange: (key: string, entry: StoredEntry | undefined) => void): () => void;

  /**
   * Claims this store for one collection. A Sharing calls it once with its option `collection`, or without an argument if
   * that is the default. Throws an Error that names both collections and the remedy if another collection in this process
   * uses the same place of the same database.
   */
  claim?(collection?: string): void;

  /** One sentence that a Sharing logs once, for example why this store cannot report changes. */
  warning?: string | undefined;

  /** Releases what the store uses, after the writes under way have resolved. Every later call rejects. */
  close?(): Promise<void>;
}

/**
 * The least that a task can supply: a way to read all records, and a way to put one.
 *
 * It is read whole at the start, and for a request that comes more than five seconds after it was last read. Its records
 * are also listed before and after each batch of writes, but only those in the batch's slots are looked at; `get` avoids
 * this listing for small batches, such as one edit.
 *
 * If one of its functions throws, that is `STORE_FAILED`; if `put` throws, only for that record. No answer within
 * `storeTimeoutMs` is `STORE_TIMEOUT`. A record that was acknowledged and is not there a second later is `STORE_DROPPED`. A
 * record has to come back with its fields in the order in which they were put, or its signature breaks: in PostgreSQL, keep
 * records in a column of type `text` or `json`, never `jsonb`.
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
  /** Returns all records held. */
  getAll():
    | Iterable<SignedRecord>
    | AsyncIterable<SignedRecord>
    | Promise<Iterable<SignedRecord> | AsyncIterable<SignedRecord>>;
  /** Returns the record that was put under this key; `undefined` or `null` if there is none. */
  get?(key: string): SignedRecord | null | undefined | Promise<SignedRecord | null | undefined>;
  /**
   * Stores the record under the key, replacing what is there. Throws, or returns a promise that rejects, if the database
   * refuses the record; the value that it returns is ignored.
   */
  put(key: string, record: SignedRecord): unknown;
}

/**
 * The `db_model.js` of an existing linktree task, unchanged: the module itself is the database. It has one slot for each
 * public key, and is read as a {@link SimpleDb} is. Its functions may swallow their errors and need not wait for their own
 * writes: a record that is there within a second was stored, one that is not is `STORE_DROPPED`. Records have to come back
 * as they were put, with their fields in the same order. A record that would harm a NeDB is `STORE_UNSAFE`.
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
  /** Returns all records, bare or as `{ key, value }`; `null` and `"[]"` mean none. */
  getAllLinktrees(): unknown;
  /** Stores the record of this public key. `how` is an extra argument that some models want. */
  setLinktree(publicKey: string, record: any, how?: any): unknown;
  /** Returns the record of this public key, in the form of `getAllLinktrees`. It may throw, or return an older document. */
  getLinktree?(publicKey: string): unknown;
  /**
   * Replaces the record of this public key. If the key already has one, this is called instead of `setLinktree`; if
   * `getLinktree` does not show the edit afterwards, `setLinktree` is called as well.
   */
  updateLinktree?(publicKey: string, record: any): unknown;
  /**
   * Stores the proof of a record, which is its public key and signature, after the record itself. If `getProofs` returns an
   * array, because the task's own routes keep arrays, this receives that array: the proofs of other public keys unchanged,
   * then this one.
   */
  setProofs?(publicKey: string, proofs: LinktreeProof | LinktreeProof[], how?: any): unknown;
  /** Replaces the proofs of this public key. If the key already had a record, this is called instead of `setProofs`. */
  updateProofs?(publicKey: string, proofs: LinktreeProof | LinktreeProof[]): unknown;
  /**
   * Returns the proof of this public key, or an array of proofs. It may throw. If it returns `[]` when there is none, or an
   * array for another public key, arrays are kept; otherwise the first proof of a key is stored as an object.
   */
  getProofs?(publicKey: string): unknown;
}

/** What a `db_model.js` keeps beside a record: who signed it, and the signature. */
export interface LinktreeProof {
  publicKey: string;
  signature: string;
}
