// What the items of a simple database say of themselves, as far as that can be had without writing them as JSON: for
// most of them that is all that is wanted. Nothing here is believed to be sound.
import { textOf } from "./json-text.js";

/** What base58 is made of, and no more: neither spaces nor what JSON escapes. */
const BASE58 = /^[0-9A-Za-z]+$/;
/** Values of which the canonical text in JSON is the text itself. */
const PLAIN = /^[ !#-[\]-~]+$/;

/** An item as a line `publicKey signature timestamp uuid`, or "?" where it has to be read as JSON. */
export function sightingLine(item) {
  try {
    const record = recordIn(item);
    const { data, publicKey, signature } = record;
    const { timestamp, uuid } = data;
    const isPlain =
      !isOdd(record) &&
      !isOdd(data) &&
      Number.isSafeInteger(timestamp) &&
      timestamp >= 0 &&
      isText(publicKey, BASE58) &&
      isText(signature, BASE58) &&
      isText(uuid, PLAIN);
    return isPlain ? `${publicKey} ${signature} ${timestamp} ${uuid}\n` : "?\n";
  } catch {
    return "?\n";
  }
}

/** An item as a line of JSON; "null", which is not a record, where it has none. */
export function textLine(item) {
  try {
    return `${textOf(recordIn(item)) ?? "null"}\n`;
  } catch {
    return "null\n";
  }
}

/** Some slots, and which items of a database are in them. */
export class Slots {
  #owners = new Set();
  /** The place of each slot, by the publicKey or by publicKey, "/" and the uuid as it is; an array for several. */
  #places = new Map();
  #isByOwner = false;

  constructor(keys) {
    for (const [place, key] of keys.entries()) {
      const end = key.indexOf("/");
      this.#isByOwner ||= end < 0;
      this.#owners.add(end < 0 ? key : key.slice(0, end));
      const name = end < 0 ? key : key.slice(0, end + 1) + uuidOf(key.slice(end + 1));
      this.#places.set(name, this.#places.has(name) ? [this.#places.get(name), place].flat() : place);
    }
  }

  /**
   * The place of the slot that an item is in, or an array of them where its key stands there several times; "?" where
   * the item has to be read as JSON, undefined where it is in none of them.
   */
  placeOf(item) {
    try {
      const record = recordIn(item);
      if (record === null || typeof record !== "object") return undefined;
      const { publicKey } = record;
      if (isOdd(record) || isHidden(publicKey)) return "?";
      if (!this.#owners.has(publicKey)) return undefined;
      return this.#isByOwner ? this.#places.get(publicKey) : this.#placeOfUuid(publicKey, record.data);
    } catch {
      return "?";
    }
  }

  #placeOfUuid(publicKey, data) {
    if (data === null || typeof data !== "object") return undefined;
    const { uuid } = data;
    if (isOdd(data) || isHidden(uuid)) return "?";
    return typeof uuid === "string" ? this.#places.get(`${publicKey}/${uuid}`) : undefined;
  }
}

/** A text stands for its JSON, and an item without `data` whose `value` is an object for that value. */
function recordIn(given) {
  const item = typeof given === "string" ? JSON.parse(given) : given;
  return item?.data === undefined && typeof item?.value === "object" ? item.value : item;
}

/** Its JSON may be another one than its members say. */
const isOdd = (object) => object.toJSON !== undefined;
const isHidden = (value) => value !== null && ["object", "function"].includes(typeof value);
const isText = (value, pattern) => typeof value === "string" && pattern.test(value);

/** The uuid that a key of ours names: its canonical text, percent-encoded. */
function uuidOf(encoded) {
  return encoded.includes("%") ? JSON.parse(`"${decodeURIComponent(encoded)}"`) : encoded;
}
