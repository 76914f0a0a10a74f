// From the difference of two sets to the ids that differ.
import { P, addMod, inverseMod, multiplyMod, subtractMod } from "./arithmetic.js";
import { checkOf } from "./element.js";
import { cellsOf } from "./walk.js";

const CHECK_MODULUS = 2n ** 256n;

/**
 * What the cells 0 … m − 1 of a peer tell beside the own set:
 * - `noted`: Map of each id that differs → the peer's value less our own
 * - `isZero`: nothing is left in the cells
 * - `isWhole`: nothing is left, and the check holds
 * - `zeros`: how many cells of the upper half had no difference at all
 */
export function decode({ view, cells, check }, set) {
  const own = set.cells(view, 0, cells.length);
  const left = cells.map(({ b, a }, index) => ({ b: subtractMod(b, own[index].b), a: subtractMod(a, own[index].a) }));
  const zeros = left.slice(Math.floor(left.length / 2)).filter(isEmpty).length;
  const noted = peel(left, view);
  const isZero = left.every(isEmpty);
  return { noted, isZero, isWhole: isZero && checkAfter(noted, view, set) === check, zeros };
}

const isEmpty = ({ b, a }) => b === 0 && a === 0;

/** Takes pure cells, the last first, until none is left or too many were taken; the noted ids with their differences. */
function peel(left, view) {
  const noted = new Map();
  const untested = left.map((_, index) => index);
  for (let steps = 0; untested.length > 0 && steps < 2 * left.length; ) {
    const index = untested.pop();
    const k = idOfPure(left[index], index, view);
    if (k === undefined) continue;
    steps += 1;
    const { b: difference } = left[index];
    note(noted, k, difference);
    const product = multiplyMod(k, difference);
    for (const met of cellsOf(k, view, left.length)) {
      left[met] = { b: subtractMod(left[met].b, difference), a: subtractMod(left[met].a, product) };
      untested.push(met);
    }
  }
  return noted;
}

/** The one id in a cell; undefined if there is none, or more than one. */
function idOfPure({ b, a }, index, view) {
  if (b === 0) return undefined;
  const k = multiplyMod(a, inverseMod(b));
  return k < 2 ** 32 && cellsOf(k, view, index + 1).at(-1) === index ? k : undefined;
}

function note(noted, k, difference) {
  const sum = addMod(noted.get(k) ?? 0, difference);
  if (sum === 0) noted.delete(k);
  else noted.set(k, sum);
}

/** The own check, with the noted ids as the peer has them. */
function checkAfter(noted, view, set) {
  let check = set.check(view);
  for (const [k, difference] of noted) {
    const [own, theirs] = [set.value(k, view), addMod(set.value(k, view), difference)];
    if (own !== 0) check -= checkOf(view, k, own);
    if (theirs !== 0) check += checkOf(view, k, theirs);
  }
  return ((check % CHECK_MODULUS) + CHECK_MODULUS) % CHECK_MODULUS;
}

/** What a noted id is: `"gone"`, `"unseen"`, `"older"` or `"newer"`; the last two as seen from here. */
export function kindOf(k, difference, view, set) {
  const own = set.value(k, view);
  const theirs = (own + difference) % P;
  if (theirs === 0) return "gone";
  if (own === 0) return "unseen";
  const second = (value) => Math.floor((value - 1) / 65_536);
  const isOlder = view === 0 && set.ofId(k).length === 1 && second(theirs) < second(own);
  return isOlder ? "older" : "newer";
}

/** The noted ids that are worth asking for. */
export function wantedIds(noted, view, set) {
  const isWanted = ([k, difference]) => ["unseen", "newer"].includes(kindOf(k, difference, view, set));
  return [...noted].filter(isWanted).map(([k]) => k);
}
