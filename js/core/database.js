// The task's database, as wasm sees it: every call is guarded and timed, and its answer is checked.
import { ErrorCauses } from "./error-causes.js";
import { changeLine, entryLine, isEntry, unfit, versionLine } from "./entry-lines.js";
import { coded, isCoded, messageOf } from "./errors.js";
import { printed } from "./kind-name.js";
import { openedDb } from "./opened-db.js";
import { SimpleDbPuts } from "./simple-db-puts.js";
import { Scan } from "./scan.js";
import { counted, spokenDuration } from "./spoken.js";
import { Slots, sightingLine, textLine } from "./sightings.js";
import { turn, within, withinEach } from "./timing.js";

/** Up to this many records are read one by one; for more, all are read. */
const FEW = 16;
/** How many changes become lines between two turns of the event loop. */
const CHANGES_AT_ONCE = 1_000;
const encoder = new TextEncoder();
const OUTCOMES = ["written", "stale", "unsafe"];

/** The database of one Sharing. Each method rejects only with coded errors. */
export class Database {
  #opening;
  #timeoutMs;
  #warn;
  #hasWarned = false;
  #scans = new Set();
  /** The last scan of all entries that began while no other was under way. */
  #fullScan;
  #causes;
  /** The method that put the last record. */
  #putName;
  /** The texts that were put last, by key: what is read back unchanged need not be judged again. */
  #lastPut = new Map();

  constructor({ db, identity, collection, storeTimeoutMs, warn }) {
    this.#warn = warn;
    this.#timeoutMs = storeTimeoutMs;
    this.#causes = new ErrorCauses();
    this.#putName = "db";
    this.#opening = openedDb(db, identity, collection);
    this.#opening.catch(() => {});
  }

  /** `"store"`, or `"whole"` when it can only be read whole. */
  async kind() {
    const { store } = await this.#open();
    return store ? "store" : "whole";
  }

  /** Calls back for writes and deletions by others, if the store reports them. */
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
   * What has changed in a store since a mark: a new mark, and entries as lines `key version`, if the store
   * lists them. Undefined if it cannot tell.
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
    return { mark, entries: encoder.encode(await changeLines(entries)) };
  }

  /** The entries of these keys in a store, in their order, undefined for those that are not held. */
  async getMany(keys) {
    const { store } = await this.#open();
    const entries = await this.#timed("getMany", () => store.getMany(keys));
    const wanted = `an array of ${counted(keys.length, "entry", "entries")}, undefined for what is not there`;
    if (!Array.isArray(entries)) throw unfit("getMany", printed(entries), wanted);
    if (entries.length !== keys.length) throw unfit("getMany", `an array of ${entries.length}`, wanted);
    return entries.map((entry) => (isEntry(entry) ? entry : undefined));
  }

  /** Writes entries to a store; returns an outcome for each. */
  async write(entries) {
    const { store } = await this.#open();
    const outcomes = await this.#timed("write", () => store.write(entries));
    const wanted = 'an array with "written" or "stale" for each entry';
    if (!Array.isArray(outcomes)) throw unfit("write", printed(outcomes), wanted);
    const odd = outcomes.findIndex((outcome) => !OUTCOMES.includes(outcome));
    if (odd !== -1) throw unfit("write", `${printed(outcomes[odd])} for entry ${odd}`, wanted);
    return outcomes;
  }

  /** Removes entries of these versions, if the store can. */
  async remove(entries) {
    const { store } = await this.#open();
    await this.#timed("remove", () => store.remove?.(entries));
  }

  /** All records of a simple database, as lines of `sightingLine`. */
  async readAll() {
    const { simple } = await this.#open();
    return this.#counted(() => this.#scanAll(simple, sightingLine));
  }

  /** How many entries the scan of all of them has met, whether they were handed on or not. */
  get entriesRead() {
    return this.#fullScan?.itemsRead ?? 0;
  }

  /**
   * The records in some slots of a simple database, as lines `place text`. `how`: "quick" reads a few of them one by one,
   * if the database can; "exact" does so only if its answers are complete, and otherwise finds nothing, because "whole"
   * is asked next; "whole" reads everything. If `wasPut`, the slots are those of what was put last, and a text that was
   * put there is left out.
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
    const isFirst = this.#fullScan?.isClosed ?? true;
    if (isFirst) this.#fullScan = undefined;
    const scan = await begin();
    if (isFirst) this.#fullScan = scan;
    return scan;
  }

  /** The line for what was found in a slot: only the place if it is what was put there last. */
  #foundLine(place, key, item) {
    const line = textLine(item);
    const put = this.#lastPut.get(key);
    return put !== undefined && line.length === put.length + 1 && line.startsWith(put) ? `${place}\n` : `${place} ${line}`;
  }

  /** The records of these keys as lines; undefined if the database throws, as some do for what they do not hold. */
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
   * Puts every entry into a simple database, and goes on after one that it refuses: one record must not keep out all
   * others. Returns an outcome for each, an error for one that was refused. Rejects at once if the database hangs.
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

  /** Closes what a dead instance left open. */
  abandon() {
    for (const scan of [...this.#scans]) scan.close();
  }

  /** What the database threw, for an error of the wasm, which has only a code and a message. */
  causeOf(error) {
    return this.#causes.of(error);
  }

  /** Passes on a store's warning to the operator, once. */
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

  /** Nothing is called here: what may fail or take long is a promise that was given as option db. */
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

/** The lines of up to 10 000 changes; other work has its turn in between. */
async function changeLines(entries) {
  let lines = "";
  for (let at = 0; at < entries.length; at += CHANGES_AT_ONCE) {
    if (at > 0) await turn();
    lines += entries
      .slice(at, at + CHANGES_AT_ONCE)
      .map(changeLine)
      .join("");
  }
  return lines;
}

/** What a database threw, with a code. */
function withCode(method, error) {
  return isCoded(error) ? error : coded("STORE_FAILED", `db.${method}() failed: ${messageOf(error)}`, error);
}
