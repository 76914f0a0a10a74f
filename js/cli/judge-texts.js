// The verdicts on texts that should hold one record each, in batches, because signatures are verified faster together.

import { core } from "./core.js";
import { parsedJson } from "./parsed-json.js";

const BATCH_TEXTS = 1000;
const BATCH_CHARACTERS = 4 * 1024 * 1024;

/** Yields the items of an async iterable in batches of limited length; `textOf` returns the text of an item. */
export async function* batchesOf(items, textOf) {
  let batch = [];
  let characters = 0;
  for await (const item of items) {
    batch.push(item);
    characters += textOf(item)?.length ?? 0;
    if (batch.length < BATCH_TEXTS && characters < BATCH_CHARACTERS) continue;
    yield batch;
    batch = [];
    characters = 0;
  }
  if (batch.length > 0) yield batch;
}

/**
 * The verdict on each text; that of an accepted record has its `text` as a store keeps it. A text that is not exactly one
 * JSON value is `BAD_SHAPE`, and no part of the body that is verified, so it can neither spoil its neighbours nor count as
 * two items.
 */
export function judgeTexts(texts, options) {
  const isSound = texts.map((text) => parsedJson(text) !== undefined);
  const sound = texts.filter((_, index) => isSound[index]);
  const verdicts = core.verifyJson(`[${sound.join(",")}]`, options);
  if (verdicts.length !== sound.length) {
    throw new Error(`${sound.length} JSON values were read as ${verdicts.length} items`);
  }
  let next = 0;
  return isSound.map((isJson) => (isJson ? verdicts[next++] : NOT_JSON));
}

const NOT_JSON = { ok: false, code: "BAD_SHAPE", message: "it is not one JSON value" };
