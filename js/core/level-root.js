// What all stores over one LevelDB share: writes one at a time, the repair of its log, and reports of changed keys.

import { isKey } from "./store-contract.js";
import { valueOf } from "./stored-values.js";

/** The sublevel that records are in. */
export const RECORDS_SUBLEVEL = "dbsharing";

/** What a write event says of an operation of `LevelRoot.batch`, besides what it says of everybody's. */
const VERSION = Symbol("version");

const roots = new WeakMap(); // the database under all sublevels → its LevelRoot

/** The LevelRoot of this database, or of the one under this sublevel. */
export function levelRootOf(db) {
  // Two sublevel objects of one name hold the same data, so it is the database under them that matters.
  if (db.parent) return levelRootOf(db.parent);
  if (!roots.has(db)) roots.set(db, new LevelRoot(db));
  return roots.get(db);
}

class LevelRoot {
  #database;
  #lastWrite = Promise.resolve();
  #failures = 0; // of writes through any handle, each of which may have torn the log
  #mendedFailures = 0;
  #followers = new Map(); // ChangedKeys → the prefix of the keys that it follows
  #isAlone = false; // whether the batch under way is the only change since it began, so that what it wrote is held
  #openingFault;
  #onWrite;
  #onClear;

  constructor(database) {
    this.#database = database;
    this.#onWrite = (operations) => this.#hearWrite(operations);
    this.#onClear = (range) => this.#hearClear(range);
    if (typeof database.getProperty === "function" && typeof database.compactRange === "function") this.#hearFailures();
    this.#hearOpening();
    // When opened again it has a new log, and another process may have changed it meanwhile.
    database.on?.("closed", () => {
      this.#mendedFailures = this.#failures;
      for (const log of this.#followers.keys()) log.noteAll();
    });
  }

  // A call on a database that could not be opened only says that it is not open. The reason goes to whoever opens it,
  // which is usually the database itself, soon after it was made.
  #hearOpening() {
    const database = this.#database;
    if (typeof database._open !== "function") return;
    const open = database._open.bind(database);
    database._open = async (...args) => {
      this.#openingFault = undefined;
      try {
        return await open(...args);
      } catch (error) {
        this.#openingFault = error;
        throw error;
      }
    };
  }

  /** Why it could not be opened; undefined if it could, or if the reason is unknown. */
  get openingFault() {
    return this.#openingFault;
  }

  /** What the user made: the same object for all its sublevels. */
  get database() {
    return this.#database;
  }

  /** LevelDB has no conditional write, so comparing and then writing is only safe one write at a time. */
  oneAtATime(work) {
    const result = this.#lastWrite.then(work);
    this.#lastWrite = result.then(ignore, ignore);
    return result;
  }

  /**
   * Carries out all of the operations on a sublevel or none; they are on the disk when it resolves. One batch at a time:
   * see `oneAtATime`.
   */
  async batch(sublevel, operations) {
    if (operations.length === 0) return;
    if (this.#isLogTorn) await this.#mendLog();
    this.#isAlone = true;
    // sync: an acknowledged write is on the disk, not only in the system's cache.
    await sublevel.batch(operations, { sync: true });
    // A concurrent write failed, and this one may come after it in the log: mending writes it to a table.
    if (this.#isLogTorn) await this.#mendLog();
  }

  get #isLogTorn() {
    return this.#failures > this.#mendedFailures;
  }

  // Only its promise says that a write failed, and failed writes of the task tear the log as well. Every write through
  // any handle ends in one of these methods of the database.
  #hearFailures() {
    const database = this.#database;
    const heard =
      (write) =>
      async (...args) => {
        try {
          return await write(...args);
        } catch (error) {
          this.#failures += 1;
          throw error;
        }
      };
    for (const name of ["_put", "_del", "_batch", "_clear"]) database[name] = heard(database[name].bind(database));
    const chainedBatch = database._chainedBatch.bind(database);
    database._chainedBatch = (...args) => {
      const batch = chainedBatch(...args);
      batch._write = heard(batch._write.bind(batch));
      return batch;
    };
  }

  // After an append that failed halfway (the disk was full), LevelDB goes on after the torn part, and the next time it is
  // opened it drops what follows in the same block, acknowledged or not. Compacting any range writes what is in memory to
  // a table and begins a new log, but does not report a failure. So two operations without effect come first: their key,
  // which sorts last, is then named as the end of the new table.
  async #mendLog() {
    const failures = this.#failures;
    const last = `~dbsharing/${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;
    const nothing = [
      { type: "put", key: last, value: "" },
      { type: "del", key: last },
    ];
    if (this.#tables() !== "") {
      await this.#database.batch(nothing, { keyEncoding: "utf8", valueEncoding: "utf8", sync: true });
      await this.#database.compactRange(`${last}~`, `${last}~`, { keyEncoding: "utf8" });
      if (!this.#tables().includes(last)) {
        throw new Error(
          "its log is torn by a write that failed, and no new one could be begun; close the database and open it again",
        );
      }
    }
    this.#mendedFailures = failures;
  }

  // Empty in databases other than LevelDB, which handle failed writes in other ways.
  #tables() {
    return this.#database.getProperty("leveldb.sstables");
  }

  /** Whether it reports every write, as abstract-level does since version 2. */
  get reportsChanges() {
    const { write, clear } = this.#database.supports?.events ?? {};
    return Boolean(write && clear);
  }

  /** Notes from now on in `log` which keys of this prefix are written or removed through any handle of this process. */
  follow(prefix, log) {
    if (this.#followers.size === 0) {
      this.#database.on("write", this.#onWrite);
      this.#database.on("clear", this.#onClear);
    }
    this.#followers.set(log, prefix);
  }

  /** Ends what `follow` began. */
  unfollow(log) {
    if (!this.#followers.delete(log) || this.#followers.size > 0) return;
    this.#database.off("write", this.#onWrite);
    this.#database.off("clear", this.#onClear);
  }

  // Events of writes that were under way together may come in another order than the writes were made.
  #hearWrite(operations) {
    if (!operations.every(isOfBatch)) this.#isAlone = false;
    for (const operation of operations) {
      const key = asText(operation?.encodedKey) ?? "";
      const version = this.#isAlone ? operation[VERSION] : undefined;
      for (const [log, prefix] of this.#followers) {
        const isOurs = key.startsWith(prefix) && isKey(key.slice(prefix.length));
        if (isOurs) log.note(key.slice(prefix.length), version);
      }
    }
  }

  #hearClear(range) {
    this.#isAlone = false;
    const encoding = this.#database.keyEncoding(range?.keyEncoding);
    const [from, to] = [range?.gte ?? range?.gt, range?.lte ?? range?.lt].map((bound) =>
      bound === undefined ? undefined : asText(encoding.encode(bound)),
    );
    for (const [log, prefix] of this.#followers) {
      const isElsewhere = to < prefix || from > `${prefix}\uffff`; // false if there is no bound
      if (!isElsewhere) log.noteAll();
    }
  }
}

/** An operation of `LevelRoot.batch` that writes an entry. */
export function putOf({ key, version, text }) {
  return { type: "put", key, value: valueOf({ version, text }), [VERSION]: version };
}

/** An operation of `LevelRoot.batch` that removes an entry. */
export function removalOf({ key }) {
  return { type: "del", key, [VERSION]: undefined };
}

function isOfBatch(operation) {
  return VERSION in Object(operation);
}

const decoder = new TextDecoder();

function asText(key) {
  return key === undefined || typeof key === "string" ? key : decoder.decode(key);
}

function ignore() {}
