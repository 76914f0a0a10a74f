// Joins records without a signature with their proofs. They may come in any order and from several sources, so both are kept
// in files until everything has been read, and then joined for one part of the public keys at a time, so that few are held.

import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";

import { linesOf } from "../lines.js";
import { temporaryFault } from "./temporary-folder.js";

const RECORDS_PER_PART = 50_000;
const MAX_PROOFS = 32; // of one public key; the database of a task has one or two
const MAX_LINE_BYTES = 8 * 1024 * 1024; // enough for an item of 1 MiB as a JSON string

export class ProofJoin {
  #temporary;
  #records; // { path, file }, once there is a record
  #proofs; // the same
  #count = 0; // of records

  constructor(temporary) {
    this.#temporary = temporary;
  }

  /** Keeps `{ publicKey, data, … }`, records without a signature, and `{ publicKey, signature }`, proofs. */
  async add(records, proofs) {
    this.#count += records.length;
    if (records.length > 0) this.#records = await this.#append(this.#records, records);
    if (proofs.length > 0) this.#proofs = await this.#append(this.#proofs, proofs);
  }

  /** Yields the records that have a proof, each with the `signatures` of its public key, at most `maxRecords` at a time. */
  async *joined(maxRecords) {
    const parts = Math.ceil(this.#count / RECORDS_PER_PART);
    for (let part = 0; part < parts; part += 1) {
      const signatures = await this.#signaturesOf((publicKey) => partOf(publicKey, parts) === part);
      let batch = [];
      for await (const record of readLines(this.#records)) {
        if (!signatures.has(record.publicKey)) continue;
        batch.push({ ...record, signatures: [...signatures.get(record.publicKey)] });
        if (batch.length < maxRecords) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    }
  }

  async close() {
    await this.#records?.file.close();
    await this.#proofs?.file.close();
  }

  /** A Map from each public key of a record to the Set of its signatures. */
  async #signaturesOf(isWanted) {
    const signatures = new Map();
    for await (const { publicKey } of readLines(this.#records)) if (isWanted(publicKey)) signatures.set(publicKey, new Set());
    for await (const { publicKey, signature } of readLines(this.#proofs)) {
      const found = signatures.get(publicKey);
      if (found?.size < MAX_PROOFS) found.add(signature);
    }
    return signatures;
  }

  async #append(opened, values) {
    try {
      const path = opened?.path ?? this.#temporary.path();
      const file = opened?.file ?? (await open(path, "wx"));
      await file.writeFile(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
      return { path, file };
    } catch (cause) {
      throw temporaryFault("keep records and proofs in", cause);
    }
  }
}

async function* readLines(opened) {
  if (opened === undefined) return;
  for await (const { text } of linesOf(createReadStream(opened.path), { maxBytes: MAX_LINE_BYTES })) yield JSON.parse(text);
}

/** The number of the part, from 0, to which all records of a public key belong. */
function partOf(publicKey, parts) {
  let sum = 0;
  for (let at = 0; at < publicKey.length; at += 1) sum = (sum * 31 + publicKey.charCodeAt(at)) % 1_000_003;
  return sum % parts;
}
