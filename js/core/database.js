// The task's database, as wasm sees it: every call guarded and timed, and its answer of the form that was wanted.
import { ErrorCauses } from "./error-causes.js";
import { changeLine, entryLine, isEntry, unfit, versionLine } from "./entry-lines.js";
import { coded, isCoded, messageOf } from "./errors.js";
import { printed } from "./kind-name.js";
import { openedDb } from "./opened-db.js";
import { SimpleDbPuts } from "./simple-db-puts.js";
import { Scan } from "./scan.js";
import { counted, spokenDuration } from "./spoken.js";
import { Slots, sightingLine, textLine } from "./sightings.js";
import { within, withinEach } from "./timing.js";

/** So few records are asked for one by one; for more of them all are read. */
const FEW = 16;
const encoder = new TextEncoder();
const OUTCOMES = ["written", "stale", "unsafe"];

/** The database of one Sharing. Each method rejects with a coded error alone. */
export class Database {
  #opening;
  #timeoutMs;
  #warn;
  #hasWarned = false;
  #scans = new Set();
  /** The last reading of all entries that began while no other was under way. */
  #reading;
  #causes;
  /** What was called to put the last record. */
  #putName;
  /** The texts that were put last, by key: what reads back the same need not be looked at again. */
  #lastPut = new Map();

  constructor({ db, identity, collection, storeTimeoutMs, warn }) {
    this.#warn = warn;
    this.#timeoutMs = storeTimeoutMs;
    this.#causes = new ErrorCauses();
    this.#putName = "db";
    this.#opening = openedDb(db, identity, collection);
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
    return this.#counted(() => this.#scan("entries", () => (store.versions ? store.versions() : store.entries()), versionLine));
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
    if (typeof mark !== "string") throw unfit("changes", `${printed(mark)} as its mark`, "a string");
    if (entries === undefined) return { mark };
    if (!Array.isArray(entries)) throw unfit("changes", `${printed(entries)} as its entries`, "an array, or undefined");
    return { mark, entries: encoder.encode(entries.map(changeLine).join("")) };
  }

  /** The entries of these keys in a store, in their order, undefined for what is not there. */
  async getMany(keys) {
    const { store } = await this.#open();
    const entries = await this.#timed("getMany", () => store.getMany(keys));
    const wanted = `an array of ${counted(keys.length, "entry", "entries")}, undefined for what is not there`;
    if (!Array.isArray(entries)) throw unfit("getMany", printed(entries), wanted);
    if (entries.length !== keys.length) throw unfit("getMany", `an array of ${entries.length}`, wanted);
    return entries.map((entry) => (isEntry(entry) ? entry : undefined));
  }

  /** Writes entries to a store; an outcome for each. */
  async write(entries) {
    const { store } = await this.#open();
    const outcomes = await this.#timed("write", () => store.write(entries));
    const wanted = 'an array with "written" or "stale" for each entry';
    if (!Array.isArray(outcomes)) throw unfit("write", printed(outcomes), wanted);
    const odd = outcomes.findIndex((outcome) => !OUTCOMES.includes(outcome));
    if (odd !== -1) throw unfit("write", `${printed(outcomes[odd])} for entry ${odd}`, wanted);
    return outcomes;
  }

  /** Removes entries of these versions, where the store can. */
  async remove(entries) {
    const { store } = await this.#open();
    await this.#timed("remove", () => store.remove?.(entries));
  }

  /** All records of a simple database, as lines of `sightingLine`. */
  async readAll() {
    const { simple } = await this.#open();
    return this.#counted(() => this.#scanAll(simple, sightingLine));
  }

  /** How many entries the reading of all of them has come upon, be they handed on or not. */
  get entriesRead() {
    return this.#reading?.itemsRead ?? 0;
  }

  /**
   * The records in some slots of a simple database, as lines `place text`. `how`: "quick" asks for few of them one by
   * one, where the database can; "exact" does so only where its answers are all that there is, and finds nothing
   * elsewhere, as "whole" is asked next; "whole" never does. Where
   * `wasPut`, the slots are those of what was put last, and a text that was put there is left out.
   */
  async readSlots(keys, how, wasPut) {
    const { simple } = await this.#open();
    if (!wasPut) this.#lastPut.clear();
    const isQuick = simple.get && keys.length <= FEW && (how === "quick" || (how === "exact" && simple.isGetExact));
    const records = isQuick ? await this.#getEach(simple, keys) : undefined;
    if (records)
      return this.#scan(
        simple.getName,
        () => records,
        (line) => line,
      );
    if (how === "exact")
      return this.#scan(
        simple.readName,
        () => [],
        (line) => line,
      );
    const slots = new Slots(keys);
    return this.#scanAll(simple, (record) => {
      const place = slots.placeOf(record);
      if (place === undefined) return "";
      if (!Array.isArray(place)) return this.#foundLine(place, keys[place], record);
      return place.map((one) => this.#foundLine(one, keys[one], record)).join("");
    });
  }

  async #counted(begin) {
    const isFirst = this.#reading?.isClosed ?? true;
    if (isFirst) this.#reading = undefined;
    const scan = await begin();
    if (isFirst) this.#reading = scan;
    return scan;
  }

  /** The line of what was found in a slot: the place alone where it is what was put there last. */
  #foundLine(place, key, item) {
    const line = textLine(item);
    const put = this.#lastPut.get(key);
    return put !== undefined && line.length === put.length + 1 && line.startsWith(put) ? `${place}\n` : `${place} ${line}`;
  }

  /** The records of these keys as lines; nothing where the database cannot tell, as some do of what they do not hold. */
  async #getEach(simple, keys) {
    try {
      const given = await this.#timed(simple.getName, () => Promise.all(keys.map((key) => simple.get(key))));
      const parsed = given.map((record) => (typeof record === "string" ? JSON.parse(record) : record));
      return parsed.flatMap((record, place) => {
        return [record ?? []].flat().map((one) => this.#foundLine(place, keys[place], one));
      });
    } catch (error) {
      if (error.code === "STORE_TIMEOUT") throw error;
      return undefined;
    }
  }

  async #scanAll(simple, lineOf) {
    const records = await this.#timed(simple.readName, () => simple.readAll());
    return this.#scan(simple.readName, () => records, lineOf);
  }

  /**
   * Puts every entry into a simple database, also after one that it refuses, or one record could keep out all others;
   * an outcome for each, which is an error for what was refused. Rejects at once where the database does not answer.
   */
  async putAll(entries) {
    const { simple } = await this.#open();
    this.#lastPut = new Map(entries.map(({ key, text }) => [key, text]));
    const puts = new SimpleDbPuts(simple, this.#warn, withCode);
    const late = () => puts.end(this.#late(puts.method));
    const outcomes = await withinEach((progress) => puts.putAll(entries, progress), this.#timeoutMs, late);
    if (puts.method !== undefined) this.#putName = `db.${puts.method}()`;
    return outcomes;
  }

  putName() {
    return this.#putName;
  }

  /** Closes what a dead instance had open, and will never close. */
  abandon() {
    for (const scan of [...this.#scans]) scan.close();
  }

  /** Of an error that the wasm made, which is a code and a message alone, what the database threw. */
  causeOf(error) {
    return this.#causes.of(error);
  }

  /** What a store has to say to the operator, said once. */
  #passOnWarning({ warning }) {
    if (this.#hasWarned || typeof warning !== "string") return;
    this.#hasWarned = true;
    this.#warn("STORE_WARNING", warning);
  }

  async #scan(method, begin, lineOf) {
    const iterable = await this.#timed(method, begin);
    const scan = new Scan(iterable, {
      lineOf,
      onClose: () => this.#scans.delete(scan),
      timeoutMs: this.#timeoutMs,
      late: () => this.#late(method),
      failed: (error) => this.#causes.kept(withCode(method, error)),
      unfit: (given, wanted) => unfit(method, given, wanted),
      textLine,
    });
    this.#scans.add(scan);
    return scan;
  }

  /** There is nothing to call: what may fail or take long is a promise that was given as option db. */
  async #open() {
    const late = () =>
      coded("STORE_TIMEOUT", `the promise given as option db did not settle within ${spokenDuration(this.#timeoutMs)}`);
    try {
      return await within(this.#opening, this.#timeoutMs, late);
    } catch (error) {
      throw this.#causes.kept(isCoded(error) ? error : coded("STORE_FAILED", messageOf(error), error));
    }
  }

  async #timed(method, work) {
    try {
      return await within(Promise.resolve().then(work), this.#timeoutMs, () => this.#late(method));
    } catch (error) {
      throw this.#causes.kept(withCode(method, error));
    }
  }

  #late(method) {
    return coded("STORE_TIMEOUT", `db.${method}() did not answer within ${spokenDuration(this.#timeoutMs)}`);
  }
}

/** What a database threw, with a code. */
function withCode(method, error) {
  return isCoded(error) ? error : coded("STORE_FAILED", `db.${method}() failed: ${messageOf(error)}`, error);
}
