// The history of a bench: one line of JSON for each run, and what changed from one run to the next.
//
// Figures of different machines or sizes cannot be compared, so a run is compared with the last one that has the same
// machine and settings. For the same reason a history belongs to a checkout, and git ignores it.
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root } from "../../.ci/toolchain.mjs";
import { table, times } from "./table.js";

export const HISTORY_FOLDER = join(root, "tests/bench/history");

/** A median that moved by less is not reported, even where the spreads are narrow. */
const LEAST_CHANGE = 1.05;
const LEAST_TURNS = 3;

export class History {
  #path;
  #entries;

  /** @throws {Error} where the file in `folder` cannot be read, so that nothing is measured in vain */
  constructor(folder, bench) {
    this.#path = join(folder, `${bench}.jsonl`);
    this.#entries = existsSync(this.#path) ? parsedLines(readFileSync(this.#path, "utf8"), this.#path) : [];
  }

  /** Adds a run to the file. Returns the last run that it can be compared with, or undefined. */
  add(entry) {
    const earlier = this.#entries.findLast((one) => comparedBy(one) === comparedBy(entry));
    mkdirSync(dirname(this.#path), { recursive: true });
    appendFileSync(this.#path, `${JSON.stringify(entry)}\n`);
    this.#entries.push(entry);
    return earlier;
  }

  get path() {
    return this.#path;
  }
}

function parsedLines(text, path) {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line, at) => parsedLine(line, `line ${at + 1} of ${path}`));
}

function parsedLine(line, name) {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error(`${name} is not JSON; wanted the entry of a run: remove the line, or give --no-history`);
  }
}

function comparedBy({ machine, settings }) {
  return JSON.stringify([machine, settings]);
}

/**
 * The entry of a run. `figures` are `{ name, turns, median, spread }`; the names have to be the same in every run.
 *
 * @param {{ cpu: string, cores: number, node: string, date: string }} results
 */
export function entryOf({ cpu, cores, node, date }, settings, figures) {
  return { date, commit: commitOfCheckout(), machine: { cpu, cores, node }, settings: plain(settings), figures };
}

/** As it comes back from the file, without what is undefined. */
function plain(settings) {
  return JSON.parse(JSON.stringify(settings));
}

/** The commit that is checked out, with a `+` where files differ from it; undefined outside of a checkout. */
function commitOfCheckout() {
  const { status, stdout } = spawnSync("git", ["describe", "--always", "--dirty=+", "--exclude=*"], { cwd: root });
  return status === 0 ? stdout.toString().trim() : undefined;
}

/**
 * The figures that changed beyond their spread: the medians differ by more than 5 %, and the spreads do not overlap. A
 * figure of fewer than three turns has no spread that says anything, so it is left out.
 */
export function changesBetween(earlier, entry) {
  const before = new Map(earlier.figures.map((figure) => [figure.name, figure]));
  return entry.figures
    .filter((figure) => before.has(figure.name) && isChanged(before.get(figure.name), figure))
    .map((figure) => ({ name: figure.name, before: before.get(figure.name).median, now: figure.median }));
}

function isChanged(one, other) {
  if (Math.min(one.turns, other.turns) < LEAST_TURNS) return false;
  const [lower, higher] = one.median < other.median ? [one, other] : [other, one];
  return higher.median > lower.median * LEAST_CHANGE && higher.spread[0] > lower.spread[1];
}

/** What a run says about its history: `earlier` and `changes` are undefined for the first run of its kind. */
export function changesText({ path, earlier, changes }) {
  if (earlier === undefined) return `History: the first run on this machine with these options is in ${relative(root, path)}.`;
  const since = `since ${earlier.date}${earlier.commit === undefined ? "" : ` (${earlier.commit})`}`;
  if (changes.length === 0) return `Nothing changed beyond its spread ${since}.`;
  const rows = changes.map(({ name, before, now }) => [name, digits(before), digits(now), times(now / before)]);
  return table([`changed ${since}`, "before", "now", "ratio"], rows);
}

/** Three digits, or all before the point. */
function digits(number) {
  return number >= 100 ? String(Math.round(number)) : number.toPrecision(3);
}
