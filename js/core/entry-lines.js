// Entries of a store as lines for the wasm, and the error for what is not an entry.
import { coded } from "./errors.js";
import { printed } from "./kind-name.js";
import { printable } from "./printable.js";

const PLAIN = /^[\x21-\x7e]+$/;

/** Empty if the key is not one of ours: such an entry counts as absent, like any damaged one. */
export function versionLine(entry) {
  const { key, version } = entry ?? {};
  if (typeof key !== "string") throw unfit("entries", `an entry whose key is ${printed(key)}`, "a string");
  const known = typeof version === "string" ? version.replace(/\s/g, "?") : ""; // otherwise it is damaged
  return PLAIN.test(key) ? `${key} ${known}\n` : "";
}

/** The line of a change; without a version if the key is no longer held. */
export function changeLine(entry) {
  return versionLine({ key: entry?.key, version: entry?.version ?? "" });
}

/** A text with a line break is not what was stored: it is left empty. */
export function entryLine(entry) {
  if (typeof entry?.text !== "string")
    throw unfit("entries", printed(entry), "entries with key, version and text, which are strings");
  const line = versionLine(entry);
  return line && `${line.slice(0, -1)} ${entry.text.includes("\n") ? "" : entry.text}\n`;
}

export function isEntry(value) {
  return typeof value?.key === "string" && typeof value.version === "string" && typeof value.text === "string";
}

/** The error for a method that returned something outside its contract. */
export function unfit(method, given, wanted) {
  return coded("STORE_FAILED", printable(`db.${method}() gave ${given}; wanted ${wanted}`));
}
