// A way through what a database holds, page by page, as lines in UTF-8; the methods are those of `JsScan` in
// src/wasm/host.rs.
import { callGuarded } from "./events.js";
import { withinEach } from "./timing.js";

/** A page is about this long … */
const PAGE_CHARACTERS = 64 * 1024;
/** … and holds at most this many items, which are short where only versions are read. */
const PAGE_ITEMS = 1_000;

const encoder = new TextEncoder();

export class Scan {
  #iterator;
  #terms;
  #error;
  #isClosed = false;

  /**
   * `terms`: `lineOf(item)` gives a line or "", `late()`, `failed(error)` and `rubbish(what)` make errors, each step of
   * the iterator has `timeoutMs`, and `onClose()` is called once.
   */
  constructor(iterable, terms) {
    const begin = iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator];
    if (typeof begin !== "function") throw terms.rubbish("something that cannot be iterated");
    this.#iterator = begin.call(iterable);
    this.#terms = terms;
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

  /** Frees what the iterator holds. Not waited for: where the database hangs, so would this. */
  close() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    callGuarded(() => this.#iterator.return?.());
    this.#terms.onClose();
  }

  async #read(lines, progress) {
    const { lineOf, rubbish } = this.#terms;
    for (let characters = 0, items = 0; items < PAGE_ITEMS && characters < PAGE_CHARACTERS; items += 1) {
      const step = await this.#iterator.next();
      if (step === null || typeof step !== "object") throw rubbish("an iterator that gives no steps");
      if (step.done) break;
      const line = lineOf(step.value);
      if (line !== "") lines.push(line);
      else items -= 1; // a page of nothing but such entries would be the end
      characters += line.length;
      progress();
    }
  }
}
