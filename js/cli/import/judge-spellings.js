// The verdicts on records of which it is not known how their data were spelled when they were signed, or with which
// signature: each has some texts, and the first one that verifies is the record.

import { judgeTexts } from "../judge-texts.js";

const MOST_CHARACTERS = 4 * 1024 * 1024; // that are judged together, unless one record has more

/** The verdict on each list of texts, none of them empty: that of the first good text, else that of the first text. */
export function judgeSpellings(lists, options) {
  return batchesOf(lists).flatMap((batch) => {
    const judged = judgeTexts(batch.flat(), options);
    let at = 0;
    return batch.map((texts) => bestOf(judged.slice(at, (at += texts.length)).map(({ verdict }) => verdict)));
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
    if (characters + more > MOST_CHARACTERS) {
      batches.push([]);
      characters = 0;
    }
    batches.at(-1).push(texts);
    characters += more;
  }
  return batches;
}
