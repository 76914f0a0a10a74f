// Reads back what a task's own database holds: all rules apply, as a task's own POST route may have stored a forgery.
import { turn } from "./timing.js";

/** So many records are judged between two turns of the event loop. */
const SLICE = 100;
/** So many verdicts are remembered. */
const MAX_REMEMBERED = 200_000;

/**
 * Gives a function that turns items of a database, of which `textOf` makes JSON texts, into `{ entries, refused }`.
 * Signatures are verified when they are first seen with a content; after that the verdict is remembered. `clock()` gives
 * the milliseconds that rule 8 is judged by.
 */
export function createReader(core, identity, clock) {
  const verdicts = new Map();
  return async (items, textOf) => {
    const read = { entries: [], refused: 0 };
    const describe = (text) => ({ text, names: core.describe(text, identity, clock()) });
    for (let at = 0; at < items.length; at += SLICE) {
      await turn();
      const described = items.slice(at, at + SLICE).map((item) => describe(textOf(item)));
      readSlice(core, identity, verdicts, described, read);
    }
    return read;
  };
}

function readSlice(core, identity, verdicts, described, read) {
  if (verdicts.size > MAX_REMEMBERED) verdicts.clear();
  const unseen = described.filter(({ names }) => names && !verdicts.has(idOf(names)));
  const judged = core.verifyJson(`[${unseen.map(({ text }) => text).join(",")}]`, { identity, now: Number.MAX_SAFE_INTEGER });
  unseen.forEach(({ names }, at) => verdicts.set(idOf(names), judged[at].ok));
  for (const { text, names } of described) {
    if (names && verdicts.get(idOf(names))) {
      const [key, version] = names;
      read.entries.push({ key, version, text });
    } else {
      read.refused += 1;
    }
  }
}

/** The version holds the content id; with the signature it is what a verdict belongs to. */
function idOf([key, version, signature]) {
  return `${key} ${version} ${signature}`;
}
