// Several processes write interleaved versions of the same keys at the same time. In any order of their writes, each
// key ends with the greatest version, and as many entries are reported as written as the database took.
import { entryAt, sharedKeys } from "./entries.js";

/** Writes every version whose number belongs to this share, in batches of all keys; resolves with the number of written entries. */
export async function writeShare(store, share, shares, versions, keyCount) {
  let written = 0;
  for (let version = 1 + share; version <= versions; version += shares) {
    // Each share has an order of its own, so that processes reach the keys from different ends.
    const keys = sharedKeys(keyCount);
    if (share % 2 === 1) keys.reverse();
    const outcomes = await store.write(keys.map((key) => entryAt(key, version)));
    written += outcomes.filter((outcome) => outcome === "written").length;
  }
  return written;
}
