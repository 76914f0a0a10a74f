// Entries of a store as lines for the wasm, and what is said of one that is none.
import { coded } from "./errors.js";
import { printed } from "./kind-name.js";
import { printable } from "./printable.js";

const PLAIN = /^[\x21-\x7e]+$/;

/** Nothing where the key is none of ours: such an entry counts as absent, as any that is damaged. */
export function versionLine(entry) {
  const { key, version } = entry ?? {};
  if (typeof key !== "string") throw unfit("entries", `an entry whose key is ${printed(key)}`, "a string");
  const known = typeof version === "string" ? version.replace(/\s/g, "?") : ""; // else it is damaged
  return PLAIN.test(key) ? `${key} ${known}\n` : "";
}

/** A change as an entry; without a version where nothing is held any more. */
export function changeLine(entry) {
  return versionLine({ key: entry?.key, version: entry?.version ?? "" });
}

/** A text with a line break is not what was stored, and is told so by being empty. */
export function entryLine(entry) {
  if (typeof entry?.text !== "string")
    throw unfit("entries", printed(entry), "entries with key, version and text, which are strings");
  const line = versionLine(entry);
  return line && `${line.slice(0, -1)} ${entry.text.includes("\n") ? "" : entry.text}\n`;
}

export function isEntry(value) {
  return typeof value?.key === "string" && typeof value.version === "string" && typeof value.text === "string";
}

/** What a method gave that its contract does not say. */
export function unfit(method, given, wanted) {
  return coded("STORE_FAILED", printable(`db.${method}() gave ${given}, wanted ${wanted}`));
}
