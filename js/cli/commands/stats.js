// dbsharing stats: how much a database holds, and how old it is.

import { isVersion } from "../../core/store-contract.js";
import { SetDigest } from "../core.js";
import { dbOption, partBeforeKey, withStore } from "../database.js";
import { bytes, grouped } from "../output.js";
import { createProgress } from "../progress.js";

const TIMESTAMP_DIGITS = 14; // hex, at the start of a version
const LAST_DATE_MS = 8.64e15; // that a Date of JavaScript can hold

export const command = {
  name: "stats",
  usage: "[--db FOLDER] [--json]",
  description:
    "Counts the records of a database, and prints its digest, which is equal for nodes that hold the same records. It\n" +
    "verifies nothing: dbsharing check does that. The node must not be running.",
  options: dbOption,
  jsonSays: "print one JSON object instead: records, keys (how many public keys), bytes, oldest, newest, largest, digest",
  examples: ["dbsharing stats --db ./data"],
  run,
};

async function run({ values, output }) {
  const stats = await withStore(values.db, { command: "stats" }, countEntries);
  for (const [name, value] of rows(stats)) output.line(`${name.padEnd(8)}  ${value}`);
  output.event(stats);
}

async function countEntries(store, db) {
  const progress = createProgress("record");
  const partBefore = partBeforeKey(db);
  const stats = { records: 0, keys: 0, bytes: 0, oldest: undefined, newest: undefined, largest: undefined };
  const digest = new SetDigest();
  const times = { first: Infinity, last: -Infinity };
  let owner;
  for await (const { key, version, text } of store.entries()) {
    const size = Buffer.byteLength(text);
    stats.records += 1;
    stats.bytes += size;
    if (size > (stats.largest?.bytes ?? -1)) stats.largest = { key, bytes: size };
    // Entries come ascending by key, so those of one owner come together.
    if (ownerOf(key) !== owner) stats.keys += 1;
    owner = ownerOf(key);
    if (isVersion(version)) {
      widen(times, Number.parseInt(version.slice(0, TIMESTAMP_DIGITS), 16));
      digest.add(key, version);
    }
    await progress.at(stats.records, () => partBefore(key));
  }
  progress.clear();
  const hasTimes = times.last >= times.first;
  const dates = hasTimes && { oldest: dateOf(times.first), newest: dateOf(times.last) };
  return { ...stats, ...dates, digest: digest.hex() };
}

function ownerOf(key) {
  return key.split("/", 1)[0];
}

function widen(times, timestampMs) {
  times.first = Math.min(times.first, timestampMs);
  times.last = Math.max(times.last, timestampMs);
}

function dateOf(timestampMs) {
  return timestampMs <= LAST_DATE_MS ? new Date(timestampMs).toISOString() : `${timestampMs} ms since 1970`;
}

function rows({ records, keys, bytes: size, oldest, newest, largest, digest }) {
  return [
    ["records", grouped(records)],
    ["keys", grouped(keys)],
    ["text", bytes(size)],
    ...(oldest
      ? [
          ["oldest", oldest],
          ["newest", newest],
        ]
      : []),
    ...(largest ? [["largest", `${bytes(largest.bytes)}, ${largest.key}`]] : []),
    ["digest", digest],
  ];
}
