// The lines of a stream of any length, or the items of the JSON array in it; one of them is held at a time.

import { isNedbLine } from "./import/nedb-lines.js";
import { itemsOfList } from "./list-items.js";

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = "\ufeff";
const BRACKET = 0x5b;
const END_BYTES = 4096; // kept of each end of a line that is too long
const NOTHING_YET = new Set(Buffer.from(`${BYTE_ORDER_MARK} \t\r\n`));

/**
 * `{ kind, isUnsure, noun, items, stream, close }` of a stream, recognised by its start. The items are those of a JSON array
 * ("list"), or lines as `linesOf` yields them ("lines", or "nedb" for a NeDB file); `noun` is what one is called. Instead of
 * the items, `stream` may be read, which has all bytes; `close()` ends it, read or not. With `isUnsure` the first line is
 * longer than `maxBytes`, so "lines" may be those of a NeDB file.
 */
export async function itemsOf(stream, { maxBytes }) {
  const chunks = stream[Symbol.asyncIterator]();
  const { kind, isUnsure, begin } = await recognised(chunks, maxBytes);
  const all = continued(begin, chunks);
  const [noun, items] = kind === "list" ? ["item", itemsOfList(all, { maxBytes })] : ["line", linesOf(all, { maxBytes })];
  return { kind, isUnsure, noun, items, stream: all, close: () => chunks.return?.() };
}

async function recognised(chunks, maxBytes) {
  const begin = [];
  let bytes = 0;
  let kind;
  while (kind === undefined && bytes <= maxBytes) {
    const { value, done } = await chunks.next();
    if (done) break;
    begin.push(value);
    bytes += value.length;
    kind = kindOfStart(begin, value);
  }
  const isUnsure = kind === undefined && bytes > maxBytes;
  return { kind: kind ?? kindOfLines(Buffer.concat(begin).toString()), isUnsure, begin };
}

/** Undefined if more has to be read to know it. */
function kindOfStart(begin, last) {
  const first = firstByteOf(begin);
  if (first === BRACKET) return "list";
  const hasLine = first !== undefined && last.includes(NEWLINE);
  return hasLine ? kindOfLines(Buffer.concat(begin).toString()) : undefined;
}

function firstByteOf(chunks) {
  for (const chunk of chunks) {
    const first = chunk.find((byte) => !NOTHING_YET.has(byte));
    if (first !== undefined) return first;
  }
  return undefined;
}

function kindOfLines(text) {
  return text.split("\n").some((line) => isNedbLine({ text: line })) ? "nedb" : "lines";
}

/** Yields the items of `begin`, and then those of the iterator `rest`. */
export async function* continued(begin, rest) {
  yield* begin;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/**
 * Yields `{ number, text }` for each line of a stream of bytes. A line longer than `maxBytes` is `{ number, text: undefined,
 * ends }`: only its `ends` are held, its first and last few characters. Only a newline ends a line: U+2028 is an ordinary
 * character of JSON. `number` counts from 1 and includes empty lines, which are left out.
 */
export async function* linesOf(stream, { maxBytes }) {
  let number = 0;
  for await (const { bytes, ends } of pieces(stream, maxBytes)) {
    number += 1;
    if (ends !== undefined) {
      yield { number, text: undefined, ends: ends.map(String) };
      continue;
    }
    const text = bytes.toString();
    const line = number === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
    if (line.trim() !== "") yield { number, text: line };
  }
}

async function* pieces(stream, maxBytes) {
  const line = new Line(maxBytes);
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      line.keep(chunk.subarray(start, end));
      yield line.take();
      start = end + 1;
    }
    line.keep(chunk.subarray(start));
  }
  if (line.length > 0) yield line.take();
}

class Line {
  length = 0;
  #parts = []; // only its two ends if it is too long
  #maxBytes;

  constructor(maxBytes) {
    this.#maxBytes = maxBytes;
  }

  keep(part) {
    this.length += part.length;
    this.#parts.push(part);
    if (this.length <= this.#maxBytes) return;
    const bytes = Buffer.concat(this.#parts);
    const endBytes = Math.min(END_BYTES, this.#maxBytes);
    this.#parts = [bytes.subarray(0, endBytes), bytes.subarray(-endBytes)];
  }

  /** Returns the line as `{ bytes }` or `{ ends }`, and begins the next one. */
  take() {
    const parts = this.#parts;
    const isTooLong = this.length > this.#maxBytes;
    [this.length, this.#parts] = [0, []];
    return isTooLong ? { ends: parts } : { bytes: Buffer.concat(parts) };
  }
}
