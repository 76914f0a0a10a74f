// The lines of a NeDB file. It is appended to: of the lines with one `_id` the last one counts, and some lines remove a
// document or make an index. NeDB itself breaks a line at other characters as well and then loses the document; here
// it is whole, because a line ends at a newline alone.

import { createHash } from "node:crypto";

import { cannotRun } from "../command-error.js";

const MOST_DOCUMENTS = 8_000_000; // which take 200 MB
const WORDS = 3; // of a document: two of the hash of its id, and the number of its last line
const FIRST_SLOTS = 1 << 16;
const INDEX_MEMBERS = ["$$indexCreated", "$$indexRemoved"];

/** Whether the text is a line as only NeDB writes it. */
export function isNedbLine(text) {
  const document = parsed(text);
  return typeof document?._id === "string" || INDEX_MEMBERS.some((name) => document?.[name] !== undefined);
}

/**
 * The lines that NeDB would not read as a document: a function that says whether one is over, given its number. `lines`
 * yields `{ number, text }`. About 25 bytes an `_id` are held.
 */
export async function linesThatAreOver(lines, path) {
  const last = new LastLines();
  const over = new BitSet();
  for await (const { number, text } of lines) {
    const document = text === undefined ? undefined : parsed(text);
    if (document?._id !== undefined) {
      const before = last.set(String(document._id), number);
      if (before > 0) over.add(before);
      if (last.size > MOST_DOCUMENTS) throw cannotRun(`${path} has more than ${MOST_DOCUMENTS} documents; split it`);
    }
    if (document?.$$deleted === true || INDEX_MEMBERS.some((name) => document?.[name] !== undefined)) over.add(number);
  }
  return (number) => over.has(number);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The number of the last line of each id. Ids may be chosen by others, so that their hash must be one that nobody can aim at. */
class LastLines {
  size = 0;
  #slots = new Uint32Array(FIRST_SLOTS * WORDS);

  /** Keeps the number, which is at least 1; gives the one before it, or 0. */
  set(id, number) {
    if (this.size * 2 * WORDS >= this.#slots.length) this.#grow();
    const digest = createHash("sha256").update(id).digest();
    const [high, low] = [digest.readUInt32LE(0), digest.readUInt32LE(4)];
    const at = this.#slotOf(high, low);
    const before = this.#slots[at + 2];
    if (before === 0) this.size += 1;
    this.#slots.set([high, low, number], at);
    return before;
  }

  #slotOf(high, low) {
    const slots = this.#slots;
    let at = (low % (slots.length / WORDS)) * WORDS;
    while (slots[at + 2] !== 0 && (slots[at] !== high || slots[at + 1] !== low)) at = (at + WORDS) % slots.length;
    return at;
  }

  #grow() {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + 2] !== 0) this.#slots.set(old.subarray(at, at + WORDS), this.#slotOf(old[at], old[at + 1]));
    }
  }
}

class BitSet {
  #bytes = new Uint8Array(1024);

  add(number) {
    const at = number >>> 3;
    while (at >= this.#bytes.length) {
      const wider = new Uint8Array(this.#bytes.length * 2);
      wider.set(this.#bytes);
      this.#bytes = wider;
    }
    this.#bytes[at] |= 1 << (number & 7);
  }

  has(number) {
    return ((this.#bytes[number >>> 3] ?? 0) & (1 << (number & 7))) !== 0;
  }
}
