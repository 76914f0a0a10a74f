// What a document of a task's database is to an import. Tasks keep records under names of their own, some without their
// signature, which is then beside them as a proof:
//
//   { linktreeId: "linktree:KEY", linktree: RECORD }     { proofsId: "proofs:KEY", proofs: { publicKey, signature } }
//   { "linktree:KEY": RECORD, key: "linktree:KEY" }      { key: "linktree:KEY", value: RECORD }
//                                                        { proofsId: "proofs:KEY", proofs: signature }
//
// and in a LevelDB the same under the keys `linktree:KEY` and `proofs:KEY`. A RECORD is whole, or its data alone.
// A whole one where a proof ought to be is both.

import { isVersion } from "../../core/store-contract.js";
import { withLineBreaks } from "../../core/nedb-text.js";
import { membersOf } from "./json-members.js";

const OF_PROOFS = /(?:^|\W)proofs:/;
const OWNER = /:([1-9A-HJ-NP-Za-km-z]{32,44})$/;
const SIGN_OF_RECORD = /"(?:publicKey|signature)"|:[1-9A-HJ-NP-Za-km-z]{32,44}(?:"|$)|"_id":"dbsharing\//;
const SIGNATURE = /^"?([1-9A-HJ-NP-Za-km-z]{64,88})"?$/;
const OUR_ID = /^dbsharing\/(?:n\/[\w-]+\/)?(?:r\/|journal$)/;
const MAX_CHARACTERS = 100; // of a key or a signature; those that can be right have 88 at most
const DATE = /\{"\$\$date":(-?\d+)\}/g;

/**
 * The parts of a document that matter: `{ kind: "record", text }`, `{ kind: "unsigned", publicKey, data }` with the text of
 * the data, `{ kind: "proof", publicKey, signature }`. `label` is the key that the document has in its database, if any.
 */
export function partsOf(text, label) {
  const document = parsedObject(text);
  if (document === undefined) return [bareProof(text, label)].filter(Boolean);
  if (OUR_ID.test(document._id)) return partsOfOurs(document);
  const whole = partOf(document, text, label);
  const parts = whole ? [whole] : partsOfMembers(document, text);
  return parts.flatMap(({ proof, ...part }) => (proof ? [part, proof] : [part]));
}

/** Whether a key or a piece of a document has something that only one with a record has. */
export function mayBeOfRecord(text = "") {
  return SIGN_OF_RECORD.test(text);
}

/** The texts that the record in a part may be signed as, given the signatures that its key is known to have made. */
export function spellingsOf({ kind, text, publicKey, data }, signatures = []) {
  const texts = kind === "record" ? [text] : signatures.map((signature) => recordOf(data, publicKey, signature));
  // NeDB keeps a Date as an object. Whether there was a Date, which is signed as a text, only the signature can tell.
  return texts.flatMap((one) => (one.includes('{"$$date":') ? [one, one.replace(DATE, dateText)] : [one]));
}

function recordOf(data, publicKey, signature) {
  return `{"data":${data},"publicKey":${JSON.stringify(publicKey)},"signature":${JSON.stringify(signature)}}`;
}

function dateText(_, ms) {
  return JSON.stringify(new Date(Number(ms)));
}

/** What nedbStore has written; a journal has a batch of it. */
function partsOfOurs({ documents, ...document }) {
  const all = Array.isArray(documents) ? documents : [document];
  const records = all.filter((one) => isVersion(one?.version) && typeof one.text === "string");
  return records.map(({ text }) => ({ kind: "record", text: withLineBreaks(text) }));
}

function partsOfMembers(document, text) {
  const found = Object.keys(document).filter((name) => partOfMember(document, name));
  if (found.length === 0) return [];
  const texts = membersOf(text);
  return found.map((name) => partOfMember(document, name, texts.get(name)));
}

/** A member may be JSON in a string, as a task's own key-value functions keep it. */
function partOfMember(document, name, text = "") {
  const value = document[name];
  const label = labelOf(document, name);
  if (typeof value === "string")
    return value.startsWith("{") ? partOf(parsedObject(value), value, label) : bareProof(value, label);
  return partOf(value, text, label);
}

function labelOf(document, name) {
  const label = document[`${name}Id`] ?? (name === "value" ? document.key : name);
  return typeof label === "string" ? label : undefined;
}

/** A signature alone, as it is or as JSON, under the key of a proof. */
function bareProof(text, label) {
  const [, publicKey] = (OF_PROOFS.test(label) && OWNER.exec(label)) || [];
  const [, signature] = SIGNATURE.exec(text) ?? [];
  return publicKey && signature ? { kind: "proof", publicKey, signature } : undefined;
}

function partOf(value, text, label = "") {
  if (!isObject(value)) return undefined;
  const [, owner] = OWNER.exec(label) ?? [];
  const { data, signature, publicKey = owner } = value;
  if (isObject(data)) {
    if (typeof publicKey === "string" && typeof signature === "string") {
      const isProof = OF_PROOFS.test(label) && isShort(publicKey) && isShort(signature);
      return {
        kind: "record",
        text: withoutId(value, text),
        ...(isProof && { proof: { kind: "proof", publicKey, signature } }),
      };
    }
    return isShort(publicKey) ? { kind: "unsigned", publicKey, data: membersOf(text).get("data") } : undefined;
  }
  if (isShort(publicKey) && isShort(signature)) return { kind: "proof", publicKey, signature };
  if (OF_PROOFS.test(label) || owner === undefined) return undefined;
  const isData = typeof value.uuid === "string" && "timestamp" in value;
  return isData ? { kind: "unsigned", publicKey: owner, data: text } : undefined;
}

/** A record that is itself a document, without what the database has added to it. */
function withoutId(value, text) {
  if (!("_id" in value)) return text;
  const members = [...membersOf(text)].filter(([name]) => name !== "_id");
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${member}`).join(",")}}`;
}

function parsedObject(text) {
  try {
    const value = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isShort(text) {
  return typeof text === "string" && text.length <= MAX_CHARACTERS;
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
