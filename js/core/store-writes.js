// How batches become reads and writes of a database, with a condition of its own or without.

import { decideWrites } from "./store-contract.js";

/**
 * Writes a batch to a database that cannot write on a condition: nothing else may write between the reading of the held
 * versions and `put`.
 *
 * @param {{ key: string, version: string, text: string }[]} entries
 * @param {(keys: string[]) => (string | undefined)[] | Promise<(string | undefined)[]>} heldVersions
 * @param {(winners: { key: string, version: string, text: string }[]) => unknown} put
 */
export async function writeNewerThanHeld(entries, heldVersions, put) {
  const { outcomes, winners } = decideWrites(entries, await heldVersions(keysOf(entries)));
  await put(winners);
  return outcomes;
}

/**
 * Writes a batch to a database that writes only what is newer by itself.
 *
 * @param {{ key: string, version: string, text: string }[]} entries
 * @param {(winners: { key: string, version: string, text: string }[]) => Promise<Set<string>>} writeNewer gives the keys
 *   that were written
 */
export async function writeOnCondition(entries, writeNewer) {
  const { outcomes, winners } = decideWrites(entries, []);
  if (winners.length === 0) return outcomes;
  const writtenKeys = await writeNewer(winners);
  return outcomes.map((outcome, index) => (writtenKeys.has(entries[index].key) ? outcome : "stale"));
}

/** Those of the entries that are still held in this version. */
export async function stillHeld(entries, heldVersions) {
  const held = await heldVersions(keysOf(entries));
  return entries.filter(({ version }, index) => held[index] === version);
}

/** All that `read` finds of a long list, which it gets in parts of at most `size`. */
export async function readInParts(list, size, read) {
  const found = [];
  for (let at = 0; at < list.length; at += size) found.push(...(await read(list.slice(at, at + size))));
  return found;
}

/** The keys of entries, in their order. */
export function keysOf(entries) {
  return entries.map(({ key }) => key);
}
