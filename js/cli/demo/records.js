// Every record of the demo, made before it starts, so that it knows what each node must hold at the end.

import { randomUUID } from "node:crypto";

import { recordKey, signRecord } from "../../index.js";
import { newSecretKey } from "../commands/keygen.js";

const HOUR_MS = 3_600_000;
const YEAR_9999_MS = Date.UTC(9999, 11, 31);
const LEGACY_RECORDS = 15;
const VICTIMS = 3;

/**
 * The records of a demo: `published` and `edits`, each `{ record, node }`; `legacy`, those of the hand-written peer; `hostile`,
 * the items that the hostile peer serves; `expected`, key → record, what every node must hold at the end.
 */
export function makeRecords({ nodes, recordsPerNode, nowMs }) {
  const authors = Array.from({ length: nodes * recordsPerNode }, (_, index) => newAuthor(index));
  const published = authors.map((author, index) => ({
    node: index % nodes,
    record: author.write("Home", nowMs - HOUR_MS + index),
  }));
  const edited = authors.filter((_, index) => index % 10 === 0);
  const edits = edited.map((author, index) => ({
    node: (index + 1) % nodes,
    record: author.write("Home, moved", nowMs + index),
  }));
  const legacy = Array.from({ length: LEGACY_RECORDS }, (_, index) =>
    newAuthor(index).write("Since the first day", nowMs - 2 * HOUR_MS),
  );
  const { items, claims } = makeHostile(
    published.map(({ record }) => record),
    nowMs,
  );
  const expected = new Map();
  // In the order of their timestamps for each key, so the last one wins.
  for (const record of [...legacy, ...published.map(recordOf), ...edits.map(recordOf), ...claims])
    expected.set(keyOf(record), record);
  return { published, edits, legacy, hostile: items, claims, expected };
}

/** A record's key, as every node makes it. */
export function keyOf({ publicKey, data }) {
  return recordKey(publicKey, data.uuid);
}

function recordOf({ record }) {
  return record;
}

function newAuthor(index) {
  const secretKey = newSecretKey();
  const uuid = randomUUID();
  const write = (label, timestamp) => signRecord({ uuid, linktree: linksOf(index, label), timestamp }, secretKey);
  return { write };
}

function linksOf(index, label) {
  return [
    { label: `${label} ☕`, redirectUrl: `https://example.com/~${index}` },
    { label: "Émile & 漢字 🙂", redirectUrl: null, hits: index / 8 },
  ];
}

// Forgeries of the first records, a stranger's own records with their uuids, and what breaks careless readers.
function makeHostile(records, nowMs) {
  const victims = records.slice(0, VICTIMS);
  const claims = victims.map(({ data }) => signRecord({ ...data, linktree: [], timestamp: nowMs }, newSecretKey()));
  const [first] = victims;
  const forgeries = [
    ...victims.map((record) => altered(record, { linktree: [{ label: "Click here", redirectUrl: "https://evil.example" }] })),
    ...victims.map((record) => altered(record, { timestamp: nowMs })),
    altered(first, { timestamp: YEAR_9999_MS }),
    signRecord({ ...first.data, timestamp: YEAR_9999_MS }, newSecretKey()),
    { ...altered(first, { timestamp: nowMs }), signature: `0OIl${first.signature.slice(4)}` },
    { ...first, publicKey: `0OIl${first.publicKey.slice(4)}` },
  ];
  const items = [...forgeries, ...claims].map((record) => ({ key: `linktree:${record.publicKey}`, value: record }));
  return { items, claims };
}

function altered(record, changes) {
  return { ...record, data: { ...record.data, ...changes } };
}
