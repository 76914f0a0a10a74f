// The verdicts on texts that ought to be one record each, in batches, because signatures verify faster together.

import { core } from "./core.js";

const BATCH_TEXTS = 1000;
const BATCH_CHARACTERS = 4 * 1024 * 1024;

/** Yields the items of an async iterable in batches; `textOf` gives an item's text, of which a batch has so much. */
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
 * What the rules say of each text: `{ value, verdict }`, where `value` is the text parsed; the verdict on a good record
 * has its `text` as a store keeps it. A text that is not exactly
 * one JSON value is `BAD_SHAPE` and costs only itself: it takes no part in the body that is verified, so that it can
 * neither spoil its neighbours nor pass for two items.
 */
export function judgeTexts(texts, options) {
  const values = texts.map(parsed);
  const sound = texts.filter((_, index) => values[index] !== undefined);
  const verdicts = core.verifyJson(`[${sound.join(",")}]`, options);
  if (verdicts.length !== sound.length) {
    throw new Error(`${sound.length} JSON values were read as ${verdicts.length} items`);
  }
  let next = 0;
  return values.map((value) => ({ value, verdict: value === undefined ? NO_JSON : verdicts[next++] }));
}

const NO_JSON = { ok: false, code: "BAD_SHAPE", message: "it is not one JSON value" };

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
