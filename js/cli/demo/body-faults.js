// The demo's own judgement of a node: from the body that it serves, and not from what it says of itself.

import { verifyJson } from "../../index.js";
import { keyOf } from "./records.js";

const SHOWN = 3;

/**
 * What is wrong with a body, as sentences: none when it holds exactly the `expected` records (key → record), each byte
 * for byte, and each of them verifies.
 *
 * @param {Uint8Array} body
 * @param {Map<string, object>} expected
 */
export function faultsOfBody(body, expected) {
  const items = JSON.parse(new TextDecoder().decode(body));
  const verdicts = verifyJson(body);
  const held = new Map(
    verdicts.flatMap((verdict, index) => (verdict.ok ? [[verdict.key, { verdict, record: items[index].value }]] : [])),
  );
  const refused = verdicts.filter(({ ok }) => !ok).map(({ code }) => code);
  const unexpected = [...held.keys()].filter((key) => !expected.has(key));
  const missing = [...expected.keys()].filter((key) => !held.has(key));
  const differing = [...expected]
    .filter(([key, record]) => held.has(key) && !isSame(held.get(key), record))
    .map(([key]) => key);
  return [
    ...sentence("does not verify", "do not verify", refused),
    ...sentence("should not be there", "should not be there", unexpected),
    ...sentence("is missing", "are missing", missing),
    ...sentence("is not the one that should have won", "are not the ones that should have won", differing),
    ...(verdicts.length === held.size + refused.length ? [] : ["some key is there more than once"]),
  ];
}

function isSame({ verdict, record }, expected) {
  return verdict.signedText === JSON.stringify(expected.data) && record.signature === expected.signature;
}

function sentence(one, many, names) {
  if (names.length === 0) return [];
  const shown = names.slice(0, SHOWN).map(shortKey).join(", ") + (names.length > SHOWN ? ", …" : "");
  return [`${names.length === 1 ? `1 record ${one}` : `${names.length} records ${many}`} (${shown})`];
}

// Enough of a key to find it by; codes are short enough to be whole.
function shortKey(name) {
  const [publicKey, uuid] = name.split("/");
  return uuid === undefined ? name : `${publicKey.slice(0, 8)}…/${uuid.slice(0, 8)}…`;
}

/** What is wrong with what the hand-written peer serves: it must have pulled every one of the `expected` records. */
export function faultsOfLegacyBody(body, expected) {
  const held = new Map(recordsOf(body).map((record) => [keyOf(record), nameOf(record)]));
  const missing = [...expected].filter(([key, record]) => held.get(key) !== nameOf(record)).map(([key]) => key);
  return sentence("was not pulled from the nodes", "were not pulled from the nodes", missing);
}

/** How many records a body holds that no node should hold. */
export function countUnexpected(body, expected) {
  return recordsOf(body).filter((record) => !expected.has(keyOf(record))).length;
}

function recordsOf(body) {
  return JSON.parse(new TextDecoder().decode(body)).map(({ value }) => value);
}

function nameOf({ data, signature }) {
  return JSON.stringify([data, signature]);
}
