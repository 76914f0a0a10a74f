// The digest of a set of records, as src/index/digest.rs defines it: computed here so that one pass over a database is
// enough, and that a damaged entry does not stand in its way.

import { createHash } from "node:crypto";

const BUCKETS = 4096;
const KEY_BYTES = 32;
const ROW_BYTES = 64; // SHA-256 of the key, content id
const FIRST_ROWS = 4;
const CONTENT_AT = 15; // in a version: after the timestamp and the dash

/** A digest that records are added to, each once, in any order. It holds 64 to 128 bytes a record. */
export class SetDigest {
  #buckets = Array.from({ length: BUCKETS }, () => ({ rows: Buffer.alloc(0), length: 0 }));

  add(key, version) {
    const hash = createHash("sha256").update(key).digest();
    const bucket = this.#buckets[hash.readUInt16BE(0) >> 4];
    if (bucket.length === bucket.rows.length) bucket.rows = grown(bucket.rows);
    hash.copy(bucket.rows, bucket.length);
    bucket.rows.write(version.slice(CONTENT_AT), bucket.length + KEY_BYTES, "hex");
    bucket.length += ROW_BYTES;
  }

  /** The digest as a node tells it: 64 hex digits. */
  hex() {
    const root = createHash("sha256");
    for (const bucket of this.#buckets) root.update(digestOf(bucket));
    return root.digest("hex");
  }
}

function grown(rows) {
  return Buffer.concat([rows], Math.max(FIRST_ROWS * ROW_BYTES, 2 * rows.length));
}

function digestOf({ rows, length }) {
  const hash = createHash("sha256");
  const unsorted = [];
  for (let at = 0; at < length; at += ROW_BYTES) unsorted.push(rows.subarray(at, at + ROW_BYTES));
  for (const row of unsorted.sort(Buffer.compare)) hash.update(row);
  return hash.digest();
}
