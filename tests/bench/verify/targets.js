// The ratios that are wanted, and those that a run gave.
import { RELEASED } from "../packages.js";
import { NO_SLOWER, isReached, slowerBy } from "../wanted.js";

const dbsharing = ["dbsharing", "first"];
const native = ["native", "first"];

/** Rows of dbsharing, each beside the same row of the released package. */
const compared = (keys, id, pass) => {
  const to = [id === "dbsharing" ? RELEASED : `${id}-${RELEASED}`, pass];
  return { keys, of: [id, pass], to, ...NO_SLOWER, isCompared: true };
};

/**
 * Two rows by id and pass, and how many times the second's time the first's should be, at least or at most. Where it
 * `isCompared`, it is short only if noise does not explain it.
 */
const WANTED = [
  { keys: 10_000, of: ["node-der", "first"], to: dbsharing, atLeast: 3.5 },
  { keys: 10_000, of: ["node-jwk", "first"], to: dbsharing, atLeast: 3.5 },
  { keys: 10_000, of: ["node-cached", "again"], to: dbsharing, atLeast: 1.8 },
  { keys: 10_000, of: ["libsodium", "first"], to: dbsharing, atLeast: 2.2 },
  { keys: 10_000, of: ["noble", "first"], to: dbsharing, atLeast: 25 },
  { keys: 10_000, of: ["tweetnacl", "first"], to: dbsharing, atLeast: 100 },
  { keys: 10, of: ["node-der", "first"], to: dbsharing, atLeast: 6 },
  { keys: 10, of: ["node-jwk", "first"], to: dbsharing, atLeast: 6 },
  { keys: 10_000, of: dbsharing, to: native, atMost: 3 },
  { keys: 10, of: dbsharing, to: native, atMost: 3 },
  { keys: 10_000, of: ["rounds", "parsed"], to: ["rounds", "known"], atLeast: 1.5 },
  { keys: 10_000, of: ["spoiled", "verifyJson-first"], to: ["spoiled", "verifyJson-sound"], atMost: 2 },
  { keys: 10_000, of: ["spoiled", "verifyJson-random"], to: ["spoiled", "verifyJson-sound"], atMost: 2 },
  { keys: 10_000, of: ["spoiled", "round-first"], to: ["spoiled", "round-sound"], atMost: 2 },
  { keys: 10_000, of: ["spoiled", "round-random"], to: ["spoiled", "round-sound"], atMost: 2 },
  ...[10_000, 10].flatMap((keys) => ["first", "again"].map((pass) => compared(keys, "dbsharing", pass))),
  ...["first", "known", "one"].map((pass) => compared(10_000, "rounds", pass)),
];

/** All wanted ratios that these rows give, by wall time, and by processor time where that is known. */
export function ratios(rows) {
  return WANTED.flatMap(({ keys, of, to, isCompared, ...wanted }) => {
    const [one, other] = [of, to].map(([id, pass]) =>
      rows.find((row) => row.keys === keys && row.id === id && row.pass === pass),
    );
    if (one === undefined || other === undefined) return [];
    const [wall, cpu] = [one.medianUs / other.medianUs, one.cpuUs / other.cpuUs];
    const ratio = { keys, of, to, ...wanted, wall, cpu };
    if (!isCompared) return [{ ...ratio, reached: isReached(wall, wanted) }];
    const shortBy = slowerBy(timesOf(one), timesOf(other));
    return [{ ...ratio, shortBy, turns: Math.min(one.turns, other.turns), reached: shortBy.length === 0 }];
  });
}

const timesOf = ({ medianUs, spreadUs, cpuUs, cpuSpreadUs }) => ({
  wall: { median: medianUs, spread: spreadUs },
  cpu: { median: cpuUs, spread: cpuSpreadUs },
});
