// The lines of a stream of any length, or the items of the JSON array in it; at most one of them is held at a time.

import { isNedbLine } from "./import/nedb-lines.js";
import { itemsOfList } from "./list-items.js";

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = "\ufeff";
const BRACKET = 0x5b;
const END_BYTES = 4096; // kept of each end of a line that is too long
const BLANK = new Set(Buffer.from(`${BYTE_ORDER_MARK} \t\r\n`));

/**
 * `{ kind, isUnsure, noun, items, stream, close }` of a stream, whose kind is recognised by its start. The items are those of a
 * JSON array ("list"), or lines as `linesOf` yields them ("lines", or "nedb" for a NeDB file); `noun` is what one item is
 * called. `stream` can be read instead of the items, and yields all bytes; `close()` ends both, read or not. `isUnsure` means
 * that the first line is longer than `maxBytes`, so that "lines" may be those of a NeDB file.
 */
export async function itemsOf(stream, { maxBytes }) {
  const chunks = stream[Symbol.asyncIterator]();
  const { kind, isUnsure, start } = await recognised(chunks, maxBytes);
  const all = continued(start, chunks);
  const [noun, items] = kind === "list" ? ["item", itemsOfList(all, { maxBytes })] : ["line", linesOf(all, { maxBytes })];
  return { kind, isUnsure, noun, items, stream: all, close: () => chunks.return?.() };
}

async function recognised(chunks, maxBytes) {
  const start = [];
  let bytes = 0;
  let kind;
  while (kind === undefined && bytes <= maxBytes) {
    const { value, done } = await chunks.next();
    if (done) break;
    start.push(value);
    bytes += value.length;
    kind = kindOfStart(start, value);
  }
  const isUnsure = kind === undefined && bytes > maxBytes;
  return { kind: kind ?? kindOfLines(Buffer.concat(start).toString()), isUnsure, start };
}

/** The kind of a stream that begins with these chunks; undefined if more of it has to be read to tell. */
function kindOfStart(start, last) {
  const first = firstByteOf(start);
  if (first === BRACKET) return "list";
  const hasLine = first !== undefined && last.includes(NEWLINE);
  return hasLine ? kindOfLines(Buffer.concat(start).toString()) : undefined;
}

function firstByteOf(chunks) {
  for (const chunk of chunks) {
    const first = chunk.find((byte) => !BLANK.has(byte));
    if (first !== undefined) return first;
  }
  return undefined;
}

function kindOfLines(text) {
  return text.split("\n").some((line) => isNedbLine({ text: line })) ? "nedb" : "lines";
}

/** Yields the items of `start`, and then those of the iterator `rest`. */
export async function* continued(start, rest) {
  yield* start;
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
