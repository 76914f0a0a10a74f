// Reads what a database holds page by page, as lines in UTF-8; the methods are those of `JsScan` in src/wasm/host.rs.
import { callGuarded } from "./events.js";
import { printed } from "./kind-name.js";
import { turn, withinEach } from "./timing.js";

/** The approximate length of a page … */
const PAGE_CHARACTERS = 64 * 1024;
/** … and the limit for its items, which are short when only versions are read. */
const PAGE_ITEMS = 1_000;
/** How many items are skipped between two turns of the event loop. */
const PASSED_AT_ONCE = 10_000;

const encoder = new TextEncoder();

export class Scan {
  #iterator;
  #terms;
  #error;
  #items = [];
  #isClosed = false;
  #itemsRead = 0;

  /**
   * `terms`: `lineOf(item)` returns a line or "", `textLine(item)` its JSON if that is asked for as well, `late()`,
   * `failed(error)` and `unfit(given, wanted)` make errors, each step of the iterator has `timeoutMs`, and `onClose()` is
   * called once.
   */
  constructor(iterable, terms) {
    const begin = iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator];
    if (typeof begin !== "function") throw terms.unfit(printed(iterable), "something to iterate over");
    this.#iterator = begin.call(iterable);
    this.#terms = terms;
  }

  get isClosed() {
    return this.#isClosed;
  }

  /** How many items were read so far, including those of the page that is being read. */
  get itemsRead() {
    return this.#itemsRead;
  }

  /** The next page; one without lines is the end. What came before an error comes first. */
  async page() {
    if (this.#error) throw this.#error;
    const { timeoutMs, late, failed } = this.#terms;
    const lines = [];
    try {
      await withinEach((progress) => this.#read(lines, progress), timeoutMs, late);
    } catch (error) {
      this.#error = failed(error);
      if (lines.length === 0) throw this.#error;
    }
    return encoder.encode(lines.join(""));
  }

  /** The JSON of the items in the first of these places of the last page, as many as make a page. */
  async texts(places) {
    const lines = [];
    let characters = 0;
    for (const place of places) {
      if (characters >= PAGE_CHARACTERS) break;
      lines.push(this.#terms.textLine(this.#items[place]));
      characters += lines.at(-1).length;
    }
    return encoder.encode(lines.join(""));
  }

  /** Frees what the iterator holds. Not awaited: if the database hangs, so would this. */
  close() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    callGuarded(() => this.#iterator.return?.());
    this.#terms.onClose();
  }

  async #read(lines, progress) {
    const { lineOf, unfit } = this.#terms;
    this.#items = [];
    let passed = 0;
    for (let characters = 0; lines.length < PAGE_ITEMS && characters < PAGE_CHARACTERS; ) {
      let step = this.#iterator.next();
      // What is there already is not awaited: that would cost more than reading it.
      if (typeof step?.then === "function") {
        step = await step;
        progress();
      }
      if (step === null || typeof step !== "object")
        throw unfit(`an iterator whose next() gives ${printed(step)}`, "an object with done and value");
      if (step.done) break;
      const line = lineOf(step.value);
      if (line === "") {
        passed += 1;
        if (passed % PASSED_AT_ONCE === 0) await turn().then(progress);
        continue;
      }
      lines.push(line);
      this.#itemsRead += 1;
      this.#items.push(step.value);
      characters += line.length;
    }
  }
}
