// The lanes of a run: programs that get a body of other keys, to be warm, and a body to measure, and print their times.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { contenders } from "./contenders.js";
import { bodyOf, makeRecords, onePercent, spoil } from "../corpus.js";
import { buildNative } from "./native-build.js";
import { RELEASED } from "../packages.js";

const run = promisify(execFile);

/** A sample has at least so many records. */
const MIN_SAMPLE = 20;
/** So many records of other keys are enough to be warm; dbsharing gets all, for they fill what it remembers. */
const WARM_UP = 1_000;
/** So many records, of which one in a hundred is spoiled, show that a lane judges. */
const SPOILED = 1_000;

/** The records of one number of keys, as files for the lanes. */
export class Corpus {
  #folder;
  #sound;
  #other;
  #paths = new Map();

  constructor(count, keys, folder) {
    Object.assign(this, { count, keys });
    this.#folder = folder;
    this.#sound = makeRecords({ count, keys });
    this.#other = makeRecords({ count, keys, set: "other" });
  }

  get bytes() {
    return bodyOf(this.#sound).length;
  }

  /** The path of a body with the first records. */
  sound(count) {
    return this.#file("sound", this.#sound.slice(0, count));
  }

  /** The path of a body whose records are of other keys. */
  other(count) {
    return this.#file("other", this.#other.slice(0, count));
  }

  /** The path of a body of which one record in a hundred is spoiled, and the verdict that each deserves. */
  spoiled(count) {
    const { records, verdicts } = spoil(this.#sound.slice(0, count), onePercent(count));
    return { path: this.#file("spoiled", records), verdicts };
  }

  #file(kind, records) {
    const path = join(this.#folder, `${this.keys}-${kind}-${records.length}.json`);
    if (!this.#paths.has(path)) writeFileSync(path, bodyOf(records));
    this.#paths.set(path, true);
    return path;
  }
}

/** A program that runs once for each pass and each corpus; `isCompared`: with the released package, so more often. */
export class Lane {
  constructor(id, name, command, options = {}) {
    const { share = 1, warmUp = Infinity, judgesNothing = false, fewKeys = true, isCompared = false } = options;
    Object.assign(this, { id, name, command, share, warmUp, judgesNothing, fewKeys, isCompared });
  }

  /** How many records of a corpus this lane gets. */
  countOf({ count }) {
    return this.share === 1 ? count : Math.min(count, Math.max(MIN_SAMPLE, Math.round(count * this.share)));
  }

  /**
   * Runs one pass over the sound body: gives lists of times by their name. Throws a sentence unless all its records are
   * accepted and, where `alsoSpoiled`, exactly the spoiled ones of another body are refused.
   */
  async pass(corpus, { alsoSpoiled }) {
    const count = this.countOf(corpus);
    const body = corpus.sound(count);
    const bad = alsoSpoiled && !this.judgesNothing ? corpus.spoiled(Math.min(SPOILED, count)) : undefined;
    const { times, verdicts, spoiled } = await this.#run(corpus, [body, bad?.path].filter(Boolean));
    if (!this.judgesNothing) this.#compare(verdicts, new Array(count).fill(true));
    if (bad) this.#compare(spoiled, bad.verdicts);
    return Object.fromEntries(Object.entries(times).map(([name, time]) => [name, [time].flat()]));
  }

  async #run(corpus, paths) {
    const otherPath = corpus.other(Math.min(this.warmUp, this.countOf(corpus)));
    const [program, ...args] = [...this.command, otherPath, ...paths];
    const { stdout } = await run(program, args, { maxBuffer: 64 * 1024 * 1024 });
    return JSON.parse(stdout);
  }

  #compare(digits, wanted) {
    const verdicts = [...digits].map((digit) => digit === "1");
    const wrong = wanted.flatMap((verdict, at) => (verdicts[at] === verdict ? [] : [at]));
    if (wrong.length === 0 && verdicts.length === wanted.length) return;
    const places = wrong.slice(0, 5).join(", ");
    throw new Error(`${this.name.trim()} misjudges ${wrong.length} of ${wanted.length} records: ${places}`);
  }
}

const OWN = ["dbsharing", RELEASED];

/** The lanes that these options want and that can be played here, dbsharing's first. */
export function lanesOf(options) {
  const others = Object.keys(contenders).filter((id) => !OWN.includes(id));
  const own = OWN.filter(isPlayable);
  const judges = (ids) => ids.map((id) => contenderLane(id, options));
  const lanes = [...judges(own), ...nativeLanes(options), ...judges(others), ...ownLanes(own, options)];
  return lanes.filter(({ id }) => options.wants(id));
}

function isPlayable(id) {
  const missing = contenders[id].missing?.();
  if (missing) console.error(`bench: ${missing}`);
  return missing === undefined;
}

function contenderLane(id, { warmUpMs }) {
  const { name, share, judgesNothing } = contenders[id];
  const isCompared = OWN.includes(id);
  const options = { share, judgesNothing, isCompared, warmUp: isCompared ? Infinity : WARM_UP };
  return new Lane(id, name, nodeProgram("contender-process.js", id, warmUpMs), options);
}

function nativeLanes({ native, forThisProcessor, wants }) {
  if (native === "none" || !wants("native")) return [];
  const program = native ?? buildNative();
  if (program === undefined) {
    console.error("bench: there is no cargo, so the native core is left out");
    return [];
  }
  const lane = new Lane("native", "dbsharing (native)", [program]);
  if (!forThisProcessor) return [lane];
  return [lane, new Lane("native-tuned", "dbsharing (native, this CPU)", [buildNative({ forThisProcessor })])];
}

/** What is measured of dbsharing alone, with many keys alone. */
function ownLanes(packages, { warmUpMs }) {
  const options = { judgesNothing: true, fewKeys: false };
  const rounds = packages.map((packageId) => {
    const id = packageId === RELEASED ? `rounds-${RELEASED}` : "rounds";
    return new Lane(id, id, nodeProgram("rounds-process.js", packageId, warmUpMs), { ...options, isCompared: true });
  });
  return [...rounds, new Lane("spoiled", "spoiled", nodeProgram("spoiled-process.js", warmUpMs), options)];
}

function nodeProgram(name, ...args) {
  return [process.execPath, "--no-warnings", fileURLToPath(new URL(name, import.meta.url)), ...args.map(String)];
}
