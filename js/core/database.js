// The task's database, as wasm sees it: every call guarded and timed, and its answer of the form that was wanted.
import { coded, isCoded, messageOf } from "./errors.js";
import { callGuarded } from "./events.js";
import { linktreeModel } from "./linktree-model.js";
import { kindOfDb } from "./options.js";
import { Scan } from "./scan.js";
import { simpleDb } from "./simple-db.js";
import { turn, within } from "./timing.js";

/** So many records are put between two turns of the event loop. */
const PUTS_AT_ONCE = 100;
const encoder = new TextEncoder();
const OUTCOMES = ["written", "stale", "unsafe"];

/** The database of one Sharing. Each method rejects with a coded error alone. */
export class Database {
  #opening;
  #timeoutMs;
  #warn;
  #hasWarned = false;
  #scans = new Set();

  constructor({ db, identity, collection, storeTimeoutMs, warn }) {
    this.#warn = warn;
    this.#timeoutMs = storeTimeoutMs;
    this.#opening = open(db, identity, collection);
    this.#opening.catch(() => {});
  }

  /** `"store"`, or `"whole"` where it can only be read whole. */
  async kind() {
    const { store } = await this.#open();
    return store ? "store" : "whole";
  }

  /** Calls back for writes and deletions that did not come through here, where the store can tell. */
  async watch(onChange) {
    const { store } = await this.#opening;
    return store?.watch?.((key, entry) => {
      if (typeof key === "string") onChange(key, typeof entry?.version === "string" ? entry.version : undefined);
    });
  }

  /** All entries of a store whose keys are greater than `after`, as lines `key version text`. */
  async entries(after) {
    const { store } = await this.#open();
    return this.#scan("entries", () => (after === "" ? store.entries() : store.entries({ gt: after })), entryLine);
  }

  /** Keys and versions of all entries of a store, as lines `key version`. */
  async versions() {
    const { store } = await this.#open();
    return this.#scan("entries", () => (store.versions ? store.versions() : store.entries()), versionLine);
  }

  /**
   * What has changed in a store since a mark: a new mark, and entries as lines `key version`, where it names them.
   * Undefined where it cannot tell.
   */
  async changes(since) {
    const { store } = await this.#open();
    const changes = await this.#timed("changes", () => store.changes?.(since));
    this.#passOnWarning(store);
    if (changes === undefined || changes === null) return undefined;
    const { mark, entries } = changes;
    if (typeof mark !== "string") throw rubbish("changes", "no mark that is a string");
    if (entries === undefined) return { mark };
    if (!Array.isArray(entries)) throw rubbish("changes", "entries that are not an array");
    return { mark, entries: encoder.encode(entries.map(changeLine).join("")) };
  }

  /** The entries of these keys in a store, in their order, undefined for what is not there. */
  async getMany(keys) {
    const { store } = await this.#open();
    const entries = await this.#timed("getMany", () => store.getMany(keys));
    if (!Array.isArray(entries) || entries.length !== keys.length) throw rubbish("getMany", "another number of entries");
    return entries.map((entry) => (isEntry(entry) ? entry : undefined));
  }

  /** Writes entries to a store; an outcome for each. */
  async write(entries) {
    const { store } = await this.#open();
    const outcomes = await this.#timed("write", () => store.write(entries));
    const isKnown = Array.isArray(outcomes) && outcomes.every((outcome) => OUTCOMES.includes(outcome));
    if (!isKnown) throw rubbish("write", 'something else than "written" or "stale" for each entry');
    return outcomes;
  }

  /** Removes entries of these versions, where the store can. */
  async remove(entries) {
    const { store } = await this.#open();
    await this.#timed("remove", () => store.remove?.(entries));
  }

  /** All records of a database that is read whole, as lines of JSON. */
  async readAll() {
    const { simple } = await this.#open();
    const records = await this.#timed(simple.readName, () => simple.readAll());
    return this.#scan(simple.readName, () => records, (record) => `${simple.textOf(record)}\n`);
  }

  /**
   * Puts every entry into a database that is read whole, also after one that it refuses, or one record could keep out
   * all others; an outcome for each. Rejects with the first refusal, and at once where the database does not answer.
   */
  async putAll(entries) {
    const { simple } = await this.#open();
    const outcomes = [];
    let failure;
    for (const [at, { key, text }] of entries.entries()) {
      if (at % PUTS_AT_ONCE === 0) await turn();
      const isSafe = simple.isSafe(text);
      outcomes.push(isSafe ? "written" : "unsafe");
      if (!isSafe) continue;
      try {
        await this.#timed(simple.putName, () => simple.put(key, text));
      } catch (error) {
        if (error.code === "STORE_TIMEOUT") throw error;
        failure ??= error;
      }
    }
    if (failure) throw failure;
    return outcomes;
  }

  /** Closes what a dead instance had open, and will never close. */
  abandon() {
    for (const scan of [...this.#scans]) scan.close();
  }

  /** What a store has to say to the operator, said once. */
  #passOnWarning({ warning }) {
    if (this.#hasWarned || typeof warning !== "string") return;
    this.#hasWarned = true;
    this.#warn(warning);
  }

  async #scan(method, begin, lineOf) {
    const iterable = await this.#timed(method, begin);
    const scan = new Scan(iterable, {
      lineOf,
      onClose: () => this.#scans.delete(scan),
      timeoutMs: this.#timeoutMs,
      late: () => this.#late(method),
      failed: (error) => withCode(method, error),
      rubbish: (what) => rubbish(method, what),
    });
    this.#scans.add(scan);
    return scan;
  }

  #open() {
    return this.#timed("open", () => this.#opening);
  }

  async #timed(method, work) {
    try {
      return await within(Promise.resolve().then(work), this.#timeoutMs, () => this.#late(method));
    } catch (error) {
      throw withCode(method, error);
    }
  }

  #late(method) {
    return coded("STORE_TIMEOUT", `db.${method}() did not answer within ${this.#timeoutMs} ms`);
  }
}

/** What a database threw, with a code. */
function withCode(method, error) {
  return isCoded(error) ? error : coded("STORE_FAILED", `db.${method}() failed: ${messageOf(error)}`, error);
}

async function open(db, identity, collection) {
  const given = await db;
  const kind = kindOfDb(given);
  if (kind === "simple") return { simple: simpleDb(given) };
  if (kind === "model" && identity === "owner") return { simple: linktreeModel(given) };
  if (kind !== "store") throw new TypeError("the promise given as option db did not resolve to a Store");
  given.claim?.(collection);
  return { store: given };
}

const PLAIN = /^[\x21-\x7e]+$/;

/** Nothing where the key is none of ours: such an entry counts as absent, as any that is damaged. */
function versionLine(entry) {
  const { key, version } = entry ?? {};
  if (typeof key !== "string" || typeof version !== "string") throw rubbish("entries", "an entry without key or version");
  return PLAIN.test(key) ? `${key} ${version.replace(/\s/g, "?")}\n` : "";
}

/** A change as an entry; without a version where nothing is held any more. */
function changeLine(entry) {
  return versionLine({ key: entry?.key, version: entry?.version ?? "" });
}

/** A text with a line break is not what was stored, and is told so by being empty. */
function entryLine(entry) {
  if (typeof entry?.text !== "string") throw rubbish("entries", "something that is not an entry");
  const line = versionLine(entry);
  return line && `${line.slice(0, -1)} ${entry.text.includes("\n") ? "" : entry.text}\n`;
}

function isEntry(value) {
  return typeof value?.key === "string" && typeof value.version === "string" && typeof value.text === "string";
}

function rubbish(method, what) {
  return coded("STORE_FAILED", `db.${method}() answered with rubbish: ${what}`);
}
