// The bodies that the peers serve, as files, made at the first use and kept for the run.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bodyOf, makeRecords, withEdit } from "../corpus.js";

/** Making a key takes longer than signing, so beyond this number owners have several records each. */
const MAX_KEYS = 10_000;

export class Bodies {
  #folder;
  #records = new Map();
  #paths = new Map();

  constructor(folder) {
    this.#folder = folder;
  }

  /** The path of a body of other keys. */
  warmUp(count) {
    return this.#file(`warm-up-${count}`, () => makeRecords({ count, keys: count, set: "other" }));
  }

  /** A body with `count` records: `{ path, records }`. */
  sound(count) {
    const records = this.#sound(count);
    return { records, path: this.#file(`sound-${count}`, () => records) };
  }

  /** The same with `edits` of them edited, far from each other. */
  edited(count, edits, ofEdits) {
    const place = (edit) => Math.floor((count * (edit + 1)) / (ofEdits + 1));
    let { records } = this.sound(count);
    for (let edit = 0; edit < edits; edit += 1) records = withEdit(records, place(edit), { keys: MAX_KEYS });
    return { records, path: this.#file(`edited-${count}-${edits}`, () => records) };
  }

  #sound(count) {
    if (!this.#records.has(count)) this.#records.set(count, makeRecords({ count, keys: Math.min(count, MAX_KEYS) }));
    return this.#records.get(count);
  }

  #file(name, makeRecordsOfIt) {
    if (!this.#paths.has(name)) {
      const path = join(this.#folder, `${name}.json`);
      writeFileSync(path, bodyOf(makeRecordsOfIt()));
      this.#paths.set(name, path);
    }
    return this.#paths.get(name);
  }
}
