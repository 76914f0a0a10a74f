// What a writer writes until it is killed, and what a database may hold afterwards. Both follow from a seed, so the
// killed process and the one that checks the database need not exchange it.
import { createHash } from "node:crypto";

import { seeded } from "../js/fixtures/seeded.js";

const NEW_KEYS = 15;
const OVERWRITTEN_KEYS = 5;
const LONGEST_TEXT = 2000;

const pad = (number) => String(number).padStart(6, "0");
const keyOf = (batch, at) => `batch-${pad(batch)}/${pad(at)}`;

/** The entries of one batch: most under keys of its own, the others newer than what earlier batches wrote. */
export function entriesOfBatch(seed, batch) {
  const below = seeded(seed * 1_000_003 + batch);
  const keys = new Set(Array.from({ length: NEW_KEYS }, (_, at) => keyOf(batch, at)));
  for (let more = 0; batch > 0 && more < OVERWRITTEN_KEYS; more += 1) keys.add(keyOf(below(batch), below(NEW_KEYS)));
  return [...keys].map((key) => entryOf(key, batch, below(LONGEST_TEXT)));
}

function entryOf(key, batch, length) {
  const id = createHash("sha256").update(`${key} ${batch}`).digest("hex");
  const version = `${batch.toString(16).padStart(14, "0")}-${id}`;
  return { key, version, text: JSON.stringify({ key, batch, filling: id.repeat(32).slice(0, length) }) };
}

/** The batch that a version was written with. */
const batchOf = (version) => Number.parseInt(version.slice(0, 14), 16);

/**
 * The faults of what a database holds, one sentence each. There are none if every acknowledged entry, or a newer one,
 * is there, no batch is there in part, and every entry was written by the test.
 *
 * @param {object} given
 * @param {number} given.seed
 * @param {Set<number>} given.acknowledged the batches whose write has resolved
 * @param {Set<number>} given.begun all batches whose write was called
 * @param {{ key: string, version: string, text: string }[]} given.entries what is held, in the order of the database
 * @param {{ key: string, version: string }[]} given.versions what its `versions()` lists
 */
export function faultsOf({ seed, acknowledged, begun, entries, versions }) {
  const held = new Map(entries.map((entry) => [entry.key, entry]));
  const written = new Map([...begun].map((batch) => [batch, entriesOfBatch(seed, batch)]));
  const unordered = entries.slice(1).filter(({ key }, at) => key <= entries[at].key);
  return [
    ...entries.flatMap((entry) => faultsOfEntry(entry, written.get(batchOf(entry.version)))),
    ...[...written].flatMap(([batch, wanted]) => faultsOfBatch(batch, wanted, held, acknowledged.has(batch))),
    ...unordered.map(({ key }) => `${key} does not come after the entry before it`),
    ...faultsOfVersions(entries, versions),
  ];
}

function faultsOfEntry({ key, version, text }, batch = []) {
  const wanted = batch.find((entry) => entry.key === key);
  const isWanted = wanted?.version === version && wanted.text === text;
  return isWanted ? [] : [`${key} holds what was never written: ${version} ${text.slice(0, 60)}`];
}

function faultsOfBatch(batch, wanted, held, isAcknowledged) {
  const older = wanted.filter(({ key, version }) => !(held.get(key)?.version >= version));
  const same = wanted.filter(({ key, version }) => held.get(key)?.version === version);
  if (older.length === 0) return [];
  const all = `${wanted.length} entries`;
  if (isAcknowledged) return [`batch ${batch} was acknowledged, and ${older.length} of its ${all} are gone`];
  return same.length === 0 ? [] : [`batch ${batch} is there in part: ${same.length} of its ${all}`];
}

function faultsOfVersions(entries, versions) {
  const lines = (list) =>
    list
      .map(({ key, version }) => `${key} ${version}`)
      .sort()
      .join("\n");
  return lines(entries) === lines(versions) ? [] : ["versions() disagrees with entries()"];
}
