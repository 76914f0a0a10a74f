// The items of a JSON array of any length; at most one of them is held at a time.

const [QUOTE, BACKSLASH, COMMA] = Buffer.from('"\\,');
const OPENING = new Set(Buffer.from("[{"));
const CLOSING = new Set(Buffer.from("]}"));
const BLANK = new Set(Buffer.from(" \t\r\n"));

/**
 * Yields `{ number, text }` for each item of the JSON array in a stream of bytes, `{ number, text: undefined }` for an item
 * longer than `maxBytes`, and `{ number, fault }` for a fault of the array itself. A text need not be JSON. `number` counts
 * from 1.
 */
export async function* itemsOfList(stream, { maxBytes }) {
  const splitter = new Splitter(maxBytes);
  for await (const chunk of stream) yield* splitter.push(chunk);
  yield* splitter.end();
}

class Splitter {
  #maxBytes;
  #parts = []; // of the item that is being read
  #bytes = 0;
  #number = 0;
  #depth = 0; // of the brackets around the current byte
  #isInString = false;
  #isEscaped = false;
  #isOver = false;
  #hasMore = false; // after the array

  constructor(maxBytes) {
    this.#maxBytes = maxBytes;
  }

  *push(chunk) {
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      if (this.#isOver) {
        this.#hasMore ||= !BLANK.has(chunk[at]);
        continue;
      }
      const edge = this.#edgeAt(chunk[at]);
      if (edge === undefined) continue;
      if (edge === "begin")
        this.#forget(); // a byte order mark, say
      else this.#keep(chunk.subarray(start, at));
      start = at + 1;
      if (edge !== "begin") yield* this.#take(edge);
    }
    if (!this.#isOver) this.#keep(chunk.subarray(start));
  }

  /** What the byte means to the array: "begin", "next" item or "end"; undefined within an item. */
  #edgeAt(byte) {
    if (this.#isInString) return this.#passString(byte);
    if (byte === QUOTE) this.#isInString = true;
    else if (OPENING.has(byte)) return (this.#depth += 1) === 1 ? "begin" : undefined;
    else if (CLOSING.has(byte)) return (this.#depth -= 1) === 0 ? "end" : undefined;
    return byte === COMMA && this.#depth === 1 ? "next" : undefined;
  }

  #passString(byte) {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isInString = false;
  }

  #keep(part) {
    this.#bytes += part.length;
    if (this.#bytes <= this.#maxBytes) this.#parts.push(part);
    else this.#parts = [];
  }

  #forget() {
    [this.#parts, this.#bytes] = [[], 0];
  }

  *#take(edge) {
    const text = this.#bytes <= this.#maxBytes ? Buffer.concat(this.#parts).toString() : undefined;
    const isEmpty = edge === "end" && this.#number === 0 && text?.trim() === "";
    this.#isOver = edge === "end";
    this.#forget();
    if (!isEmpty) yield { number: (this.#number += 1), text };
  }

  *end() {
    const number = this.#number + 1;
    const cut = { code: "BODY_CUT", message: "the list ends before its last bracket: it was cut off" };
    const trailing = { code: "BAD_BODY", message: "there is text after the last bracket of the list; wanted one JSON array" };
    if (!this.#isOver) yield { number, fault: cut };
    else if (this.#hasMore) yield { number, fault: trailing };
  }
}
