import type { SignedRecord } from "./record.js";

/** One record as a store keeps it: three strings. */
export interface StoredEntry {
  /**
   * The slot's name: 1 to 813 visible ASCII characters (U+0021 to U+007E), which may hold what a database gives a
   * meaning: `/`, `%`, `$`, `.`, quotes; also `__proto__` is a key as any other. Upper and lower case are different
   * keys.
   */
  key: string;
  /**
   * 79 ASCII characters, `/^[0-9a-f]{14}-[0-9a-f]{64}$/`, whose string order is the order of records: the greater is
   * newer. A store gives `""` where the database has damaged it: such an entry counts as absent, and as older than any
   * record.
   */
  version: string;
  /**
   * The whole record as JSON, of any length, without U+0000 and without lone surrogates. Opaque: give it back as it is,
   * character for character, also where it is odd (U+2028, U+0085, a byte order mark, a line break at its end).
   */
  text: string;
}

/** What happened to a key: it was written, or removed. */
export interface StoreChange {
  /** The slot's name. */
  key: string;
  /**
   * The version that the database holds of it at the moment of the look: `undefined` where it holds none, `""` where
   * it is damaged.
   */
  version: string | undefined;
}

/** A look at what changed. */
export interface StoreChanges {
  /** Stands for the moment of this look: the next one is asked with it. Opaque, and bound to this store object. */
  mark: string;
  /**
   * Every key that was written or removed after the moment that `since` stands for, each once, in any order; empty
   * where nothing happened. `undefined` where the store cannot say: then all versions are read, after this look.
   */
  entries?: StoreChange[] | undefined;
}

/**
 * The full contract of a database. Write your own for whatever you have, and prove it with `testStore` from
 * `dbsharing/testing`; ready-made ones are behind `dbsharing/stores/`.
 *
 * `getMany`, `entries` and `write` are all that is needed. Every method keeps to this:
 *
 * - Calls may overlap, of one method and of several, and a call may come while a listing is left in the middle.
 * - What was written before a call began is seen by it. What is handed out are objects of the caller's own: to change
 *   them changes nothing in the store, and to change what was given to `write` afterwards does not either.
 * - It rejects with an `Error` when the database fails, and after `close`. Absence and failure are never confused: an
 *   empty answer means that the database was asked and has nothing.
 * - What is in the same place of the database without being an entry (a key of other characters, or too long, a row
 *   that something else put there) counts as absent: it is left out, and costs nothing else.
 *
 * @example
 * // The least that passes the suite; it lives as long as the process.
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
 *       if (!entries.every(isEntry)) throw new TypeError("write(entries) wants entries");
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
   * The entries of these keys, as many and in the same order, `undefined` for one that is not there. A key may be asked
   * for twice in one call; no keys is no entries.
   */
  getMany(keys: string[]): Promise<(StoredEntry | undefined)[]>;

  /**
   * All entries, strictly ascending by key in ASCII order (`"B"` before `"a"`, whatever the collation of the database);
   * only those after `gt`, which need not be a key that is there, and at most `limit`, which may be 0.
   *
   * Whoever lists may stop in the middle, and may write meanwhile. An entry that is there for the whole time of a listing
   * is in it; one that comes meanwhile may be.
   */
  entries(range?: { gt?: string; limit?: number }): AsyncIterable<StoredEntry>;

  /** The keys and versions of all entries in the same order, for a quicker start. */
  versions?(): AsyncIterable<{ key: string; version: string }>;

  /**
   * Writes each entry only if its version is greater than the stored one, and says of each, in their order, whether it
   * was `"written"` or is `"stale"`. Of several entries of one key in one batch only the one of the greatest version
   * can be written, and of several of this same version the first; the others are stale. An entry of the stored version
   * is stale, whatever its text.
   *
   * A batch is whole or not at all: when it rejects, nothing of it is stored (after a crash it may be there, and then
   * whole). It rejects, before it writes anything, when an entry is not what {@link StoredEntry} says: an empty key,
   * one with a space or an `é`, a version of another form, a text that is not a string. To compare and to write is
   * one step: of many writes of one key at once, from whichever process, the greatest version is there in the end.
   */
  write(entries: StoredEntry[]): Promise<("written" | "stale")[]>;

  /**
   * Takes away each entry whose stored version is still the one given, and no other. It is called for entries whose
   * text was found to be another than was stored, right before a good copy is written; afterwards an older version
   * may be written. Without it such an entry stays, and is not served.
   */
  remove?(entries: { key: string; version: string }[]): Promise<void>;

  /**
   * What anybody wrote or removed since a mark: this store object, another one, another process, an operator. It is
   * asked at the beginning of each round, and at most once a second before requests are answered; so it has to be
   * cheap where nothing happened.
   *
   * - `changes()` gives a mark alone. Then all versions are read, and from then on what changed is asked for.
   * - `changes(mark)` gives a new mark, and as `entries` every key that was written or removed after the moment that
   *   the given one stands for. What this object wrote itself may be among them. To report a change twice is fine,
   *   to miss one is not: a new mark stands for a moment before its entries are read, or for the same one, and a
   *   change whose transaction is not visible yet at this look is in a later one. A mark may serve more than once.
   * - There are no `entries` after more than 10 000 changed keys, after a mark that this store object did not give
   *   (garbage, or another object's, also one over the same data), and where it cannot say, for example because the
   *   database was restarted, emptied or restored from a backup meanwhile. Then all versions are read again.
   *
   * `undefined` in the place of an answer says that this store cannot tell at present. Where it cannot, and where there
   * is no such method, all versions are read again every 10 minutes.
   */
  changes?(since?: string): Promise<StoreChanges | undefined>;

  /**
   * Calls back for writes and deletions that others make in the same database, with the entry as it is now, or
   * `undefined` where there is none. Gives back what ends it.
   */
  watch?(onChange: (key: string, entry: StoredEntry | undefined) => void): () => void;

  /**
   * A Sharing says by it, once, which collection it keeps here; nothing for the one that the option is by default.
   * Throws an Error that names both, and the remedy, where another collection of this process has the same place in
   * the same database.
   */
  claim?(collection?: string): void;

  /** One sentence that a Sharing logs once, for example why this store cannot tell what changed. */
  warning?: string | undefined;

  /** Frees what the store holds; waits for writes under way, which resolve. Every later call rejects. */
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
 * `STORE_DROPPED`. A record has to come back with its fields in the order in which it was put, or its signature breaks: a column
 * of PostgreSQL that keeps records is `text` or `json`, never `jsonb`.
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
  /**
   * Stores the record under the key, in the place of what is there. Throws, or gives a promise that rejects, where the database
   * refuses it; what it gives besides does not matter.
   */
  put(key: string, record: SignedRecord): unknown;
}

/**
 * The `db_model.js` of an existing linktree task, unchanged: the module itself is the database. It has one slot for each
 * public key, and is read as a {@link SimpleDb} is. Its functions may swallow their errors and need not wait for their own
 * writes: what is there within a second was stored, what is not is `STORE_DROPPED`. Records come back as they were put, their
 * fields in the same order. A record that would harm a NeDB is `STORE_UNSAFE`.
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
  /**
   * Puts the record in the place of the one of this public key. It is called instead of `setLinktree` where there is one, and
   * `setLinktree` after it where `getLinktree` does not show the edit then.
   */
  updateLinktree?(publicKey: string, record: any): unknown;
  /**
   * Stores the proof of a record, which is its public key and signature, after the record itself. Where `getProofs` gives an
   * array, as a task's own routes may keep it, it gets that array: proofs of other public keys as they are, then this one.
   */
  setProofs?(publicKey: string, proofs: LinktreeProof | LinktreeProof[], how?: any): unknown;
  /** Puts them in the place of those of this public key. It is called instead of `setProofs` where there is one. */
  updateProofs?(publicKey: string, proofs: LinktreeProof | LinktreeProof[]): unknown;
  /**
   * The proof of this public key, or an array of proofs. It may throw. One that gives `[]` where it has none says that arrays
   * are kept; so does an array of another public key. Else the first proof of a key is stored as an object.
   */
  getProofs?(publicKey: string): unknown;
}

/** What a `db_model.js` keeps beside a record: who signed it, and the signature. */
export interface LinktreeProof {
  publicKey: string;
  signature: string;
}
