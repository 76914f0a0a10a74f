// `changes` of the Redis store: marks, and the traces of a process of version 0.1.0 that no key shows.

import { isVersion } from "../../core/store-contract.js";
import { CHANGES } from "./scripts.js";

// Version 0.1.0 keeps no counter, so that a record that it replaces shows in no size. But it sends its scripts by
// `eval`, which nothing here does twice, and a server that ran them knows their names.
const OLD_SCRIPTS = ["099f104a6f04e4f467e69065873b3b506387cba9", "d410e190659637bd0adc4187ae31dce70ab5f78d"];
/** `eval` may be another program's: because of it all versions are read again at most this often. */
const SUSPICION_PAUSE_MS = 60_000;

/**
 * The `changes(since)` of one store object.
 *
 * @param {(script: string, ...args: string[]) => Promise<any>} run runs a script
 * @param {(names: string[]) => Promise<any[]>} knownScripts asks the server which of these scripts it has run
 */
export function changesOf(run, knownScripts) {
  const ownName = randomName();
  let suspectedAtMs = -Infinity;

  /** Whether a process of version 0.1.0 may have written since, and it is time to act on it. */
  async function suspicion() {
    const known = await knownScripts(OLD_SCRIPTS).catch(() => []);
    if (!known.some((isKnown) => Number(isKnown) === 1)) return "none";
    if (performance.now() - suspectedAtMs < SUSPICION_PAUSE_MS) return "later";
    suspectedAtMs = performance.now();
    return "now";
  }

  return async (since) => {
    const from = readMark(since, ownName);
    const [place, number, evals, feed] = await run(CHANGES, from.place, from.number, randomName());
    const markWith = (count) => [ownName, place, number, count].join(" ");
    if (feed === undefined) return { mark: markWith(evals) };
    const suspected = String(evals) === from.evals ? "none" : await suspicion();
    if (suspected === "now") return { mark: markWith(evals) };
    return { mark: markWith(suspected === "later" ? from.evals : evals), entries: entriesOf(feed.map(String)) };
  };
}

function entriesOf(words) {
  return Array.from({ length: words.length / 2 }, (_, index) => {
    const [key, version] = words.slice(2 * index, 2 * index + 2);
    if (version === "") return { key, version: undefined };
    return { key, version: isVersion(version) ? version : "" };
  });
}

/** What a mark of this store object stands for; for anything else what no mark stands for. */
function readMark(mark, ownName) {
  const [name, place, number, evals, ...more] = String(mark ?? "").split(" ");
  const isMark = name === ownName && place !== undefined && /^\d{1,16}$/.test(number) && more.length === 0;
  return isMark ? { place, number, evals } : { place: "", number: "0" };
}

/** A name that no other store object or batch has. */
export function randomName() {
  return `${Date.now().toString(36)}-${[1, 2].map(() => Math.random().toString(36).slice(2)).join("")}`;
}
