// Entries as databases of keys and values hold them, and what something else has damaged there: that counts as older than
// any record, so that a good copy replaces it.

import { isVersion, VERSION_LENGTH } from "./store-contract.js";

/** Sorts before every version. */
const DAMAGED = "";

/** What was found in the place of a version, if it is one. */
export function soundVersion(found) {
  return isVersion(found) ? found : DAMAGED;
}

/** One value for an entry: its version and its text. */
export function valueOf({ version, text }) {
  return version + text;
}

/** The version in a value; undefined where nothing is held. */
export function versionOfValue(value) {
  return value === undefined ? undefined : soundVersion(value.slice(0, VERSION_LENGTH));
}

/** The entry in a value; undefined where nothing is held. */
export function entryOfValue(key, value) {
  if (value === undefined) return undefined;
  const version = versionOfValue(value);
  return { key, version, text: value.slice(version.length) };
}
