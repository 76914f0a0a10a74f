// In which cells an id is.
import { fmix } from "./arithmetic.js";

const SEEDS = [0x243f6a88, 0x85a308d3];
const STEP = 0x9e3779b9;

/** How far a walk jumps, for each value of 11 random bits. */
export const JUMPS = Array.from({ length: 2_048 }, (_, x) => Math.floor(Math.sqrt(Math.floor(2 ** 44 / (2 * x + 1)))));

/** The cells of id `k` in a view, of the first `count` cells: ascending, always with cell 0. */
export function cellsOf(k, view, count) {
  const cells = [];
  let state = fmix(k ^ SEEDS[view]);
  for (let cell = 0; cell < count; ) {
    cells.push(cell);
    state = (state + STEP) >>> 0;
    const y = Math.floor(((2 * cell + 3) * JUMPS[fmix(state) >>> 21]) / 65_536);
    cell = Math.floor((y - 1) / 2);
  }
  return cells;
}
