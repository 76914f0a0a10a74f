// The lines of a NeDB file, which is only appended to: the last line of each `_id` counts, and some lines remove a document or
// make an index. NeDB itself also breaks a line at other characters, and then loses the document; here the document is whole,
// because only a newline ends a line.

import { createHash } from "node:crypto";

import { cannotRun } from "../command-error.js";
import { parsedJson } from "../parsed-json.js";

const MAX_DOCUMENTS = 8_000_000; // which take 200 MB
const WORDS = 3; // for each document: two of the hash of its id, and the number of its last line
const FIRST_SLOTS = 1 << 16;
const INDEX_MEMBERS = ["$$indexCreated", "$$indexRemoved"];
const FIRST_ID = /^\ufeff?\s*\{\s*"_id"\s*:\s*("(?:[^"\\]|\\.)*")/;
const LAST_ID = /,\s*"_id"\s*:\s*("(?:[^"\\]|\\.)*")\s*\}\s*$/;

/** Whether a line, `{ text }` or the `{ ends }` of a long one, is one that only NeDB writes. */
export function isNedbLine(line) {
  const document = documentOf(line);
  return typeof document?._id === "string" || isOfIndex(document);
}

/**
 * What a file is: `{ isNedb, isObsolete }`, where `isObsolete(number)` says whether the line of that number no longer counts
 * as a document for NeDB. `lines` yields `{ number, text, ends }`. About 25 bytes are held for each `_id`.
 */
export async function obsoleteLines(lines, path) {
  const last = new LastLines();
  const obsolete = new BitSet();
  let isNedb = false;
  for await (const { number, ...line } of lines) {
    const document = documentOf(line);
    isNedb ||= isNedbLine(line);
    if (document?._id !== undefined) {
      const before = last.set(String(document._id), number);
      if (before > 0) obsolete.add(before);
      if (last.size > MAX_DOCUMENTS) throw cannotRun(`${path} has more than ${MAX_DOCUMENTS} documents; split it`);
    }
    if (document?.$$deleted === true || isOfIndex(document)) obsolete.add(number);
  }
  return { isNedb, isObsolete: (number) => obsolete.has(number) };
}

/** Only the id of a long line is known, if it is the last member, where NeDB puts it, or the first. */
function documentOf({ text, ends }) {
  if (ends === undefined) return parsedJson(text);
  const [, id] = LAST_ID.exec(ends[1]) ?? FIRST_ID.exec(ends[0]) ?? [];
  return id === undefined ? undefined : { _id: parsedJson(id) };
}

function isOfIndex(document) {
  return INDEX_MEMBERS.some((name) => document?.[name] !== undefined);
}

/** The number of the last line of each id. Others may choose ids, so the hash has to be one that nobody can aim at. */
class LastLines {
  size = 0;
  #slots = new Uint32Array(FIRST_SLOTS * WORDS);

  /** Keeps the number, which is at least 1. Returns the one before it, or 0. */
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
