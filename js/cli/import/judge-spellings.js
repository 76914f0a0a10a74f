// The verdicts on records whose exact signed text, or whose signature, is not known: each has several possible texts, and the
// first one that verifies is the record.

import { judgeTexts } from "../judge-texts.js";

const MAX_BATCH_CHARACTERS = 4 * 1024 * 1024; // unless a single record has more

/** The verdict on each list of texts, none of them empty: that of the first text that is accepted, or that of the first text. */
export function judgeSpellings(lists, options) {
  return batchesOf(lists).flatMap((batch) => {
    const verdicts = judgeTexts(batch.flat(), options);
    let at = 0;
    return batch.map((texts) => bestOf(verdicts.slice(at, (at += texts.length))));
  });
}

function bestOf(verdicts) {
  return verdicts.find(({ ok }) => ok) ?? verdicts[0];
}

function batchesOf(lists) {
  const batches = [];
  let characters = Infinity;
  for (const texts of lists) {
    const more = texts.reduce((total, { length }) => total + length, 0);
    if (characters + more > MAX_BATCH_CHARACTERS) {
      batches.push([]);
      characters = 0;
    }
    batches.at(-1).push(texts);
    characters += more;
  }
  return batches;
}
