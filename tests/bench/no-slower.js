// Whether one package is no slower than another, for all that the noise of a run lets be seen.

const WORSE_BY = 1.05;

/** What is wanted, for the tables. */
export const NO_SLOWER = { atMost: WORSE_BY };

/** The rule in words, for the notes of a report. */
export const NO_SLOWER_NOTE = `\
No slower than 0.1.0: short where the median of wall time or of CPU time is more than 5 % above that of 0.1.0, and all
of its spread lies above all of that of 0.1.0. Wall time tells that only where nobody else uses the processor, and few
turns tell little.`;

/**
 * In which times, "wall" and "CPU", the first is slower than the other. Both are `{ wall, cpu }`, each with a `median`
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

/** What the tables say of a target. */
export function verdictText({ reached, shortBy, turns }) {
  const verdict = reached ? "reached" : "short";
  if (shortBy === undefined) return verdict;
  const by = shortBy.length > 0 ? ` by ${shortBy.join(" and ")}` : "";
  return `${verdict}${by}, ${turns} turn${turns === 1 ? "" : "s"}`;
}
