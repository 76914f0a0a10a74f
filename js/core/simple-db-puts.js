// Putting a batch of records into a simple database, one by one.
import { messageOf } from "./errors.js";
import { recordOf } from "./simple-db.js";
import { turn } from "./timing.js";

/** So many records are put between two turns of the event loop. */
const PUTS_AT_ONCE = 100;
/** After this many refusals in a row the rest of a batch is not tried … */
const REFUSALS_IN_A_ROW = 8;
/** … or after this many where the database has taken others before. */
const REFUSALS_BESIDE_OTHERS = 32;

/** The puts of one batch. */
export class SimpleDbPuts {
  #simple;
  #warn;
  #coded;
  #refusalsInARow = 0;
  #hasTaken = false;
  #isOver = false;
  /** What is called for the entry under way. */
  method;

  /** `warn(kind, message)` says what the operator should know; `coded(method, error)` gives an error of a method its code. */
  constructor(simple, warn, coded) {
    this.#simple = simple;
    this.#warn = warn;
    this.#coded = coded;
  }

  /** Puts nothing more; gives the error that says why. */
  end(error) {
    this.#isOver = true;
    return error;
  }

  /** An outcome for each entry: "written", "unsafe", or the error that it was refused with. */
  async putAll(entries, progress) {
    const outcomes = [];
    for (const [at, entry] of entries.entries()) {
      if (at % PUTS_AT_ONCE === 0) await turn();
      if (this.#isOver) break;
      outcomes.push(this.#isGivenUp() ? outcomes.at(-1) : await this.#outcome(entry));
      progress();
    }
    return outcomes;
  }

  #isGivenUp() {
    return this.#refusalsInARow >= (this.#hasTaken ? REFUSALS_BESIDE_OTHERS : REFUSALS_IN_A_ROW);
  }

  async #outcome({ key, text, isHeld }) {
    const record = recordOf(text);
    if (!this.#simple.isSafe(text, record)) return "unsafe";
    this.method = this.#simple.putName(isHeld);
    try {
      await this.#simple.put(key, record, isHeld);
    } catch (error) {
      this.#refusalsInARow += 1;
      return this.#coded(this.method, error);
    }
    this.#refusalsInARow = 0;
    this.#hasTaken = true;
    if (this.#simple.prove) await this.#prove(key, record, isHeld);
    return "written";
  }

  /** The record is stored, whatever becomes of its proof. */
  async #prove(key, record, isHeld) {
    try {
      await this.#simple.prove(key, record, isHeld);
    } catch (error) {
      this.#warn("SET_PROOFS", `the db does not take the proof of ${key}: ${messageOf(error)}`);
    }
  }
}
