// How many cells to ask for, and when to give up.
import { decode, wantedIds } from "./decoding.js";
import { servedCells } from "./record-set.js";

const MOST_ANSWERS = 6;
const MOST_IDS = 12_000;

/**
 * Finds out what differs in a view.
 *
 * @param {object} how
 * @param {0 | 1} how.view
 * @param {import("./record-set.js").RecordSet} how.set our own set
 * @param {boolean} how.isAudit whether to go on as long as there is any hope
 * @param {object} [how.opening] the first part, with its tag, if it is there already
 * @param {number} how.count how many cells to begin with
 * @param {(from: number, count: number) => Promise<object>} how.ask gets a part: what `parseBody` returns, and its `tag`
 * @param {(tag: string) => boolean} how.isOwn whether this is the tag of our own set
 * @returns {Promise<{ outcome: "whole" | "stuck" | "too much" | "same", noted: Map<number, number>, tag: string, answers: number }>}
 */
export async function discover({ view, set, isAudit, opening, count, ask, isOwn }) {
  let peer; // what is known of the peer's set under one tag
  let noted = new Map();
  let lateAnswers = 0;
  let wanted = count;
  for (let answers = 1; ; answers += 1) {
    const from = peer?.cells.length ?? 0;
    const part = answers === 1 && opening ? opening : await ask(from, Math.min(2_048, wanted - from));
    const end = (outcome) => ({ outcome, noted, tag: part.tag, answers });
    if (isOwn(part.tag)) return end("same");
    if (peer && part.tag !== peer.tag) {
      peer = undefined;
      if (answers === MOST_ANSWERS) return end("too much");
      continue;
    }
    peer = peer ? { ...peer, cells: [...peer.cells, ...part.cells] } : part;
    const decoded = decode(peer, set);
    noted = decoded.noted;
    if (wantedIds(noted, view, set).length > MOST_IDS) return end("too much");
    if (decoded.isWhole) return end("whole");

    const state = { peer, set, decoded, estimate: estimateOf(peer, set), answers, isFarAudit: isAudit && view === 1 };
    const { next, isLate } = nextCells(state);
    lateAnswers += isLate ? 1 : 0;
    const outcome = endOf({ ...state, lateAnswers });
    if (outcome) return end(outcome);
    wanted = next;
  }
}

/** How many records may differ. */
export function estimateOf({ n, view, counters }, set) {
  const own = set.counters(view);
  const differences = counters.map((counter, place) => counter - own[place]); // signed bytes, wrapped
  return Math.max(Math.abs(n - set.size), 2 * differences.reduce((sum, difference) => sum + difference ** 2, 0));
}

/** How many cells to have next, and whether this answer came late: more cells than the guess had not been enough. */
function nextCells({ peer, decoded, estimate, answers, isFarAudit }) {
  const had = peer.cells.length;
  const guess = answers === 1 ? Math.min(1.35 * estimate + 8, 2_040) : guessOf(had, decoded.zeros);
  const isLate = guess <= had || decoded.noted.size * 3 > had || decoded.isZero;
  const least = isLate ? had * (isFarAudit ? 4 : 1.5) : had + Math.max(8, had / 10);
  return { next: Math.min(servedCells(peer.n), Math.ceil(Math.max(guess, least))), isLate };
}

/** The cells that are likely to be enough, from how many of the upper half are untouched. */
function guessOf(had, zeros) {
  return zeros < 3 ? 2 * had : 1.38 * differencesFrom(had, zeros) + 10;
}

/** How many differences leave so many cells of the upper half untouched, by bisection. */
function differencesFrom(had, zeros) {
  const expected = (differences) => {
    let sum = 0;
    for (let index = Math.floor(had / 2); index < had; index += 1) sum += Math.exp((-2 * differences) / (index + 2));
    return sum;
  };
  let [low, high] = [0, 16 * had];
  while (high - low > 0.5) {
    const middle = (low + high) / 2;
    if (expected(middle) > zeros) low = middle;
    else high = middle;
  }
  return high;
}

/** Why a discovery that is not whole ends here; undefined if it goes on. */
function endOf({ peer, set, decoded, estimate, answers, lateAnswers, isFarAudit }) {
  const had = peer.cells.length;
  const [more, fewer] = [peer.n - set.size, set.size - peer.n];
  if (had >= servedCells(peer.n)) return "too much";
  if (isFarAudit) return answers === MOST_ANSWERS ? "too much" : undefined;
  if (more > 0.8 * peer.n || fewer > 30 * peer.n) return "too much";
  if (lateAnswers >= 3 || (answers >= 3 && had >= 4 * Math.max(estimate, decoded.noted.size) + 32)) return "stuck";
  if (answers === MOST_ANSWERS) return lateAnswers > 0 ? "stuck" : "too much";
  return undefined;
}
