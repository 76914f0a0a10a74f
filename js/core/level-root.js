// What all stores over one LevelDB share: writes one at a time, the mending of its log, and what is heard of its keys.

import { isKey } from "./store-contract.js";

/** The sublevel that records are in. */
export const RECORDS_SUBLEVEL = "dbsharing";

const roots = new WeakMap(); // the database under all sublevels → its LevelRoot

/** The one that belongs to this database, or to the one under this sublevel. */
export function levelRootOf(db) {
  // Two sublevel objects of one name hold the same data, so it is the database under them that matters.
  if (db.parent) return levelRootOf(db.parent);
  if (!roots.has(db)) roots.set(db, new LevelRoot(db));
  return roots.get(db);
}

class LevelRoot {
  #database;
  #lastWrite = Promise.resolve();
  #failures = 0; // of writes, by whatever handle, each of which may have torn the log
  #mendedFailures = 0;
  #followers = new Map(); // ChangedKeys → the prefix of the keys that it follows
  #openingFault;
  #onWrite;
  #onClear;

  constructor(database) {
    this.#database = database;
    this.#onWrite = (operations) => this.#hearWrite(operations);
    this.#onClear = (range) => this.#hearClear(range);
    if (typeof database.getProperty === "function" && typeof database.compactRange === "function") this.#hearFailures();
    this.#hearOpening();
    // Opened again, it has a new log, and may have been changed by another process meanwhile.
    database.on?.("closed", () => {
      this.#mendedFailures = this.#failures;
      for (const log of this.#followers.keys()) log.noteAll();
    });
  }

  // Who asks a database that could not be opened is only told that it is not open. Why that is has whoever opens it, which
  // for most is the database itself, soon after it was made.
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

  /** Why it could not be opened; undefined where it could, or nothing is known of it. */
  get openingFault() {
    return this.#openingFault;
  }

  /** What the user made: the same object for all its sublevels. */
  get database() {
    return this.#database;
  }

  /** LevelDB has no conditional write, so to compare and then write is only safe one write at a time. */
  oneAtATime(work) {
    const result = this.#lastWrite.then(work);
    this.#lastWrite = result.then(ignore, ignore);
    return result;
  }

  /** Carries out the operations on a sublevel, all or none; on the disk when it resolves. */
  async batch(sublevel, operations) {
    if (operations.length === 0) return;
    if (this.#isLogTorn) await this.#mendLog();
    // sync: an acknowledged write is on the disk, not only in the system's cache.
    await sublevel.batch(operations, { sync: true });
    // One beside this one failed, and this one may be behind it in the log: it is in the table that is written now.
    if (this.#isLogTorn) await this.#mendLog();
  }

  get #isLogTorn() {
    return this.#failures > this.#mendedFailures;
  }

  // Nothing says that a write failed but its own promise, and what the task itself fails to write tears the log as well.
  // Every write by whatever handle ends in one of these methods of the database.
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

  // After an append that failed in the middle (the disk was full), LevelDB goes on behind what is torn, and when it is
  // opened it drops what follows in the same block, acknowledged or not. Compacting writes what it has in memory to a
  // table, whatever it is asked to compact, and begins a new log; it does not say when it could not. So two operations
  // that come to nothing go before it: their key, which sorts last, is named as the end of the new table.
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

  // Nothing in another database than LevelDB: each has its own way with what failed.
  #tables() {
    return this.#database.getProperty("leveldb.sstables");
  }

  /** Whether it reports every write; abstract-level does so since version 2. */
  get canTell() {
    const { write, clear } = this.#database.supports?.events ?? {};
    return Boolean(write && clear);
  }

  /** Notes from now on in `log` which keys of this prefix are written or removed, by whatever handle of this process. */
  follow(prefix, log) {
    if (this.#followers.size === 0) {
      this.#database.on("write", this.#onWrite);
      this.#database.on("clear", this.#onClear);
    }
    this.#followers.set(log, prefix);
  }

  /** Ends that. */
  unfollow(log) {
    if (!this.#followers.delete(log) || this.#followers.size > 0) return;
    this.#database.off("write", this.#onWrite);
    this.#database.off("clear", this.#onClear);
  }

  #hearWrite(operations) {
    for (const operation of operations) {
      const key = asText(operation?.encodedKey) ?? "";
      for (const [log, prefix] of this.#followers) {
        const isOurs = key.startsWith(prefix) && isKey(key.slice(prefix.length));
        if (isOurs) log.note(key.slice(prefix.length));
      }
    }
  }

  #hearClear(range) {
    const encoding = this.#database.keyEncoding(range?.keyEncoding);
    const [from, to] = [range?.gte ?? range?.gt, range?.lte ?? range?.lt].map((bound) =>
      bound === undefined ? undefined : asText(encoding.encode(bound)),
    );
    for (const [log, prefix] of this.#followers) {
      const isElsewhere = to < prefix || from > `${prefix}\uffff`; // false where there is no bound
      if (!isElsewhere) log.noteAll();
    }
  }
}

const decoder = new TextDecoder();

function asText(key) {
  return key === undefined || typeof key === "string" ? key : decoder.decode(key);
}

function ignore() {}
