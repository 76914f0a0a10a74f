// The records of sources, judged and put into a store, and what became of each.

import { batchesOf, judgeTexts } from "../judge-texts.js";
import { createProgress } from "../progress.js";
import { judgeSpellings } from "./judge-spellings.js";
import { ProofJoin } from "./proof-join.js";
import { mayBeOfRecord, partsOf, spellingsOf } from "./document-parts.js";

const PLACES_SHOWN = 5; // of each code
const BATCH_JOINED = 1000; // records
const TOO_LARGE = { code: "TOO_LARGE", message: "it is longer than 1 MiB" };
const NO_PROOF = { code: "BAD_SHAPE", message: "it has no signature, and there is no proof of its key" };
const NOT_JSON = { code: "BAD_SHAPE", message: "it is not one JSON value: the line was cut off or damaged" };

/**
 * What becomes of an import: `{ written, stale, joined, rejected }`, where `rejected` is a Map from a code to
 * `{ count, places, message }`, with the first few places `{ file, number, label }`.
 */
export function newOutcome() {
  return { written: 0, stale: 0, joined: 0, rejected: new Map() };
}

/** Imports all; what became of it is in `outcome` as soon as it is known, and what each source held in its `counts`. */
export async function importAll({ store, sources, identity, temporary, outcome }) {
  const proofJoin = new ProofJoin(temporary);
  const job = { store, identity, outcome, proofJoin };
  try {
    for (const source of sources) await importSource(job, source);
    for await (const batch of proofJoin.joined(BATCH_JOINED)) await importJoined(job, batch);
  } finally {
    await proofJoin.close();
  }
}

async function importSource(job, source) {
  const progress = createProgress(source.noun);
  const importBatch = source.isDatabase ? importDocuments : importItems;
  for await (const batch of batchesOf(source.items, ({ text }) => text)) {
    source.counts.read += batch.length;
    await importBatch(job, source, batch);
    await progress.at(source.counts.read, () => source.size && source.seen.bytes / source.size);
  }
  progress.clear();
}

/** Items that ought to be records each: what is not one is rejected, but for proofs and what a proof may belong to. */
async function importItems(job, source, batch) {
  const judged = judgeItems(
    batch.filter(({ text }) => text !== undefined),
    { identity: job.identity },
  );
  const left = judged.flatMap(({ number, parts }) => parts.map((part) => ({ ...part, number })));
  const kept = await keepForJoin(
    job,
    source,
    left.filter(({ kind }) => kind !== "record"),
  );
  const records = judged.filter(({ number, parts }) => !kept.has(number) || parts.some(({ kind }) => kind === "record"));
  const tooLarge = batch.filter(({ text }) => text === undefined);
  const faults = [
    ...tooLarge.map(({ number, fault = TOO_LARGE }) => [number, fault]),
    ...records.flatMap(({ number, verdict }) => (verdict.ok ? [] : [[number, verdict]])),
  ];
  for (const [number, fault] of faults.sort(([a], [b]) => a - b)) reject(job.outcome, { file: source.name, number }, fault);
  const unreadable = records.filter(({ verdict }) => verdict.code === "BAD_SHAPE").length;
  source.counts.unreadable += unreadable + tooLarge.length;
  source.counts.records += records.length - unreadable;
  await storeAll(
    job,
    records.map(({ verdict }) => verdict),
  );
}

/** Each item with its verdict, and with the parts of one that is not a record as it stands. */
function judgeItems(items, options) {
  const verdicts = judgeTexts(
    items.map(({ text }) => text),
    options,
  ).map(({ verdict }) => verdict);
  return items.map(({ number, text }, at) => {
    const parts = verdicts[at].code === "BAD_SHAPE" ? partsOf(text) : [];
    const record = parts.find(({ kind }) => kind === "record");
    const verdict = record ? judgeSpellings([spellingsOf(record)], options)[0] : verdicts[at];
    return { number, verdict, parts };
  });
}

/** Documents of a database, which need not be records. */
async function importDocuments(job, source, batch) {
  const found = batch.flatMap((document) => partsOfDocument(job, source, document));
  await keepForJoin(
    job,
    source,
    found.filter(({ kind }) => kind !== "record"),
  );
  const records = found.filter(({ kind }) => kind === "record");
  source.counts.records += records.length;
  const verdicts = judgeSpellings(
    records.map((part) => spellingsOf(part)),
    { identity: job.identity },
  );
  for (const [at, verdict] of verdicts.entries()) if (!verdict.ok) reject(job.outcome, placeOf(source, records[at]), verdict);
  await storeAll(job, verdicts);
}

function placeOf({ name: file }, { number, label }) {
  return { file, number, label };
}

function partsOfDocument({ outcome }, source, { number, label, text, ends, isRecord }) {
  if (isRecord) return [{ kind: "record", text, number, label }];
  const fault = text === undefined ? faultOfLong(label, ends) : faultOf(text, source);
  const parts = fault ? [] : partsOf(text, label);
  if (fault) {
    source.counts.unreadable += 1;
    reject(outcome, placeOf(source, { number, label }), fault);
  } else if (parts.length === 0) source.counts.ignored += 1;
  return parts.map((part) => ({ ...part, number, label }));
}

/** Of a document that is too long only its ends are known. */
function faultOfLong(label, ends) {
  return [label, ...ends].some((text) => mayBeOfRecord(text)) ? TOO_LARGE : undefined;
}

/** A LevelDB may have values that are not JSON. */
function faultOf(text, { kind }) {
  return kind === "nedb" && !isJson(text) ? NOT_JSON : undefined;
}

/** The numbers of the items that are kept. */
async function keepForJoin({ proofJoin }, source, parts) {
  const unsigned = parts.filter(({ kind }) => kind === "unsigned");
  const proofs = parts.filter(({ kind }) => kind === "proof");
  source.counts.unsigned += unsigned.length;
  source.counts.proofs += proofs.length;
  await proofJoin.add(
    unsigned.map(({ publicKey, data, ...part }) => ({ publicKey, data, place: placeOf(source, part) })),
    proofs.map(({ publicKey, signature }) => ({ publicKey, signature })),
  );
  return new Set(parts.map(({ number }) => number));
}

async function importJoined(job, batch) {
  const withProofs = batch.filter(({ signatures }) => signatures.length > 0);
  for (const { place, signatures } of batch) if (signatures.length === 0) reject(job.outcome, place, NO_PROOF);
  const lists = withProofs.map((record) => spellingsOf({ kind: "unsigned", ...record }, record.signatures));
  const verdicts = judgeSpellings(lists, { identity: job.identity });
  for (const [at, { ok, code, message }] of verdicts.entries()) {
    if (ok) job.outcome.joined += 1;
    else reject(job.outcome, withProofs[at].place, { code, message: `joined with the proof of its key: ${message}` });
  }
  await storeAll(job, verdicts);
}

async function storeAll({ store, outcome }, verdicts) {
  const entries = verdicts.flatMap(({ ok, key, version, text }) => (ok ? [{ key, version, text }] : []));
  const outcomes = await store.write(entries);
  const written = outcomes.filter((one) => one === "written").length;
  outcome.written += written;
  outcome.stale += outcomes.length - written;
}

function reject({ rejected }, place, { code, message }) {
  const found = rejected.get(code) ?? { count: 0, places: [], message };
  found.count += 1;
  if (found.places.length < PLACES_SHOWN) found.places.push(place);
  rejected.set(code, found);
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
