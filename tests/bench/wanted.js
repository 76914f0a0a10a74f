// What is wanted of a figure: a limit, or to be no slower than another package as far as the noise of a run can tell.

const WORSE_BY = 1.05;

/** Whether a figure is within its limits. */
export function isReached(value, { exactly, atLeast = exactly ?? -Infinity, atMost = exactly ?? Infinity }) {
  return value >= atLeast && value <= atMost;
}

/** The limits of a figure, as the tables say them. */
export function wantedText({ atLeast, atMost, exactly }, text = String) {
  if (exactly !== undefined) return text(exactly);
  return atLeast === undefined ? `≤ ${text(atMost)}` : `≥ ${text(atLeast)}`;
}

/** The limit of a ratio between two packages, for the tables. */
export const NO_SLOWER = { atMost: WORSE_BY };

/** The rule in words, for the notes of a report. */
export const NO_SLOWER_NOTE = `\
No slower than 0.1.0: short if the median of wall time or of CPU time is more than 5 % above that of 0.1.0, and its whole
spread lies above the spread of 0.1.0. Wall time can tell this only if nothing else uses the processor, and a few turns
tell little.`;

/**
 * The times, "wall" or "CPU", in which the first is slower than the other. Both are `{ wall, cpu }`, each with a `median`
 * and a `spread`.
 */
export function slowerBy(one, other) {
  const isSlower = ({ median, spread: [from] }, { median: otherMedian, spread: [, to] }) =>
    median > otherMedian * WORSE_BY && from > to;
  return [
    ["wall", "wall"],
    ["CPU", "cpu"],
  ]
    .filter(([, name]) => isSlower(one[name], other[name]))
    .map(([by]) => by);
}

/** What the tables say about a target. */
export function verdictText({ reached, shortBy, turns }) {
  const verdict = reached ? "reached" : "short";
  if (shortBy === undefined) return verdict;
  const by = shortBy.length > 0 ? ` by ${shortBy.join(" and ")}` : "";
  return `${verdict}${by}, ${turns} turn${turns === 1 ? "" : "s"}`;
}
