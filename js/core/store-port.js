// The task's database, as wasm and the serving side see it: every call guarded, timed, and its answer checked.
import { coded, isCoded, messageOf } from "./errors.js";
import { callGuarded } from "./events.js";
import { kindOfDb } from "./options.js";
import { isVersion } from "./store-contract.js";
import { linktreeModelStore } from "./linktree-model.js";
import { ReadBackStore, simpleDbStore } from "./simple-db.js";
import { within, withinEach } from "./timing.js";

/** How many keys and versions wasm is given at once. */
const VERSIONS_PAGE = 1_000;
/** How many entries are fetched before the first of them is handed on. */
const ENTRIES_PAGE = 100;
const PAGE_CHARACTERS = 64 * 1024;

const WRITE = 250;
/** Fewer where several peers may come with the same entries. */
const EARLY_WRITE = 60;
/** A database that is read whole before and after each batch is given fewer and larger ones. */
const READ_BACK_WRITE = 2_000;

/** The version of an entry that its database knows to be damaged: it counts as absent. */
const DAMAGED = "";

const encoder = new TextEncoder();

/** The database of one Sharing. */
export class StorePort {
  #opening;
  #isReadBack = false;
  /** Entries that were found to be damaged: key → version. */
  #damaged = new Map();
  #timeoutMs;
  #versions;
  #onWritten;

  /** `reader` judges what a SimpleDb or LinktreeModel holds; `onWritten(entry)` hears of every stored entry. */
  constructor({ db, identity, storeTimeoutMs, logger }, reader, onWritten) {
    this.#timeoutMs = storeTimeoutMs;
    this.#onWritten = onWritten;
    this.#opening = open(db, { identity, reader, logger, timed: (method, work) => this.#timed(method, work) });
    this.#opening.then(
      (store) => {
        this.#isReadBack = store instanceof ReadBackStore;
      },
      () => {},
    );
  }

  /** Whether the database may change without anything telling of it. */
  async changesSilently() {
    await this.#open();
    return this.#isReadBack;
  }

  /** Calls back for writes and deletions that did not come through here, where the store can tell. */
  async watch(onChange) {
    const store = await this.#opening;
    return store.watch?.((key, entry) => {
      if (typeof key === "string") onChange(key, isVersion(entry?.version) ? entry.version : undefined);
    });
  }

  /** One page of keys and versions after a key, as lines in UTF-8; without a key it begins anew. None are the end. */
  async versionsPage(after) {
    if (after === undefined) this.#versions = await this.#scan("versions");
    for (;;) {
      const { page, error } = await this.#page(this.#versions, VERSIONS_PAGE);
      if (error) throw error;
      const lines = page.filter((entry) => entry?.version !== DAMAGED).map(lineOf);
      // A page of damaged entries alone is not the end.
      if (lines.length > 0 || page.length === 0) return encoder.encode(lines.join(""));
    }
  }

  /** The entries of these keys, in their order, undefined for what is not there. */
  async getMany(keys) {
    const entries = await this.#call("getMany", (store) => store.getMany(keys));
    if (!Array.isArray(entries) || entries.length !== keys.length) throw rubbish("getMany", "another number of entries");
    return entries.map((entry) => (isEntry(entry) ? entry : undefined));
  }

  /** How many entries to write at one time: handing over more would hold up the event loop for longer. */
  writeAtMost(mayRepeat) {
    if (this.#isReadBack) return READ_BACK_WRITE;
    return mayRepeat ? EARLY_WRITE : WRITE;
  }

  /** Remembers that this entry's text is not what was stored: it is replaced when a good copy comes. */
  noteDamage({ key, version }) {
    this.#damaged.set(key, version);
  }

  /** Writes entries; "written", "stale" or "unsafe" for each. */
  async write(entries) {
    await this.#removeDamaged(entries);
    const outcomes = await this.#call("write", (store) => store.write(entries));
    const isKnown = (outcome) => ["written", "stale", "unsafe"].includes(outcome);
    if (!Array.isArray(outcomes) || outcomes.length !== entries.length || !outcomes.every(isKnown)) {
      throw rubbish("write", 'something else than "written" or "stale" for each entry');
    }
    const written = entries.filter((_, at) => outcomes[at] === "written");
    await this.#checkKept(written.at(-1));
    written.forEach(this.#onWritten);
    return outcomes;
  }

  async #removeDamaged(entries) {
    const damaged = entries.filter(({ key }) => this.#damaged.has(key));
    if (damaged.length === 0) return;
    const named = damaged.map(({ key }) => ({ key, version: this.#damaged.get(key) }));
    await this.#call("remove", (store) => store.remove?.(named));
    for (const { key } of damaged) this.#damaged.delete(key);
  }

  /** Looks for one entry of a batch: a database that drops its writes would otherwise be believed until a restart. */
  async #checkKept(entry) {
    if (entry === undefined || this.#isReadBack) return;
    const [held] = await this.getMany([entry.key]);
    if (!(held?.version >= entry.version)) {
      throw coded("STORE_DROPPED", `the db acknowledged a write of ${entry.key} and does not hold it`);
    }
  }

  /** All entries, ascending by key. */
  async *entries() {
    const entries = await this.#scan("entries");
    try {
      for (;;) {
        const { page, error } = await this.#page(entries, ENTRIES_PAGE);
        for (const entry of page) {
          if (entry?.version === DAMAGED) continue;
          if (!isEntry(entry)) throw rubbish("entries", "something that is no entry");
          yield entry;
        }
        if (error) throw error;
        if (page.length === 0) return;
      }
    } finally {
      // Not waited for: where the database hangs, so would this.
      callGuarded(() => entries.return?.());
    }
  }

  /** Begins to go through all entries, or through their versions where the store has these apart. */
  async #scan(what) {
    const start = (store) => (what === "versions" && store.versions ? store.versions() : store.entries());
    const iterable = await this.#call("entries", start);
    const begin = iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator];
    if (typeof begin !== "function") throw rubbish("entries", "something that cannot be iterated");
    return begin.call(iterable);
  }

  /**
   * What an iterator gives next, so many, fewer long ones, or the rest; and its error, if it fails. Each step of it has
   * the time of one call.
   */
  async #page(iterator, size) {
    const page = [];
    const read = async (progress) => {
      for (let characters = 0; page.length < size && characters < PAGE_CHARACTERS; ) {
        const step = await iterator.next();
        if (step === null || typeof step !== "object") throw rubbish("entries", "an iterator that gives no steps");
        if (step.done) break;
        page.push(step.value);
        characters += step.value?.text?.length ?? 0;
        progress();
      }
    };
    const late = () => this.#late("entries");
    const reading = this.#isReadBack ? read(() => {}) : withinEach(read, this.#timeoutMs, late);
    const error = await withCode("entries", reading).catch((error) => error);
    return { page, error };
  }

  /** A call of the store. One that is read back calls the task's database itself, and each of those calls is timed. */
  async #call(method, work) {
    const store = await this.#open();
    return this.#isReadBack ? work(store) : this.#timed(method, () => work(store));
  }

  #open() {
    return this.#timed("open", () => this.#opening);
  }

  #timed(method, work) {
    return withCode(method, within(Promise.resolve().then(work), this.#timeoutMs, () => this.#late(method)));
  }

  #late(method) {
    return coded("STORE_TIMEOUT", `db.${method}() did not answer within ${this.#timeoutMs} ms`);
  }
}

/** Settles as the promise does, with a code on whatever it rejects with. */
async function withCode(method, promise) {
  try {
    return await promise;
  } catch (error) {
    if (isCoded(error)) throw error;
    throw coded("STORE_FAILED", `db.${method}() failed: ${messageOf(error)}`, error);
  }
}

async function open(db, terms) {
  const store = await db;
  const kind = kindOfDb(store);
  if (kind === "simple") return simpleDbStore(store, terms);
  if (kind === "model" && terms.identity === "owner") return linktreeModelStore(store, terms);
  if (kind !== "store") throw new TypeError("the promise given as option db did not resolve to a Store");
  return store;
}

/** `key version\n`, as src/wasm/store.rs reads it. */
function lineOf(value) {
  if (typeof value?.key !== "string" || typeof value.version !== "string" || value.key.includes("\n")) {
    throw rubbish("entries", "an entry without key or version");
  }
  return `${value.key} ${value.version}\n`;
}

function isEntry(value) {
  return typeof value?.key === "string" && isVersion(value.version) && typeof value.text === "string";
}

function rubbish(method, what) {
  return coded("STORE_FAILED", `db.${method}() answered with rubbish: ${what}`);
}
