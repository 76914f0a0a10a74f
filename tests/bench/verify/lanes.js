// The lanes of a run: programs that get a body of other keys, to warm up, and a body to measure, and print their times.
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

/** The least number of records in a sample. */
const MIN_SAMPLE = 20;
/** How many records of other keys warm a program up. dbsharing gets all of them, because they fill what it remembers. */
const WARM_UP = 1_000;
/** How many records, one in a hundred of them spoiled, show that a lane verifies. */
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

  /** The path of a body in which one record in a hundred is spoiled, and the right verdict on each record. */
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

/** A program that runs once for each pass and corpus. One that is compared with the released package, `isCompared`, runs more often. */
export class Lane {
  constructor(id, name, command, options = {}) {
    const { share = 1, warmUp = Infinity, verifiesNothing = false, fewKeys = true, isCompared = false } = options;
    Object.assign(this, { id, name, command, share, warmUp, verifiesNothing, fewKeys, isCompared });
  }

  /** How many records of a corpus this lane gets. */
  countOf({ count }) {
    return this.share === 1 ? count : Math.min(count, Math.max(MIN_SAMPLE, Math.round(count * this.share)));
  }

  /**
   * Runs one pass over the sound body. Resolves with lists of times by their name. Throws unless all its records are accepted
   * and, with `alsoSpoiled`, exactly the spoiled ones of another body are rejected.
   */
  async pass(corpus, { alsoSpoiled }) {
    const count = this.countOf(corpus);
    const body = corpus.sound(count);
    const bad = alsoSpoiled && !this.verifiesNothing ? corpus.spoiled(Math.min(SPOILED, count)) : undefined;
    const { times, verdicts, spoiled } = await this.#run(corpus, [body, bad?.path].filter(Boolean));
    if (!this.verifiesNothing) this.#compare(verdicts, new Array(count).fill(true));
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
    throw new Error(`${this.name.trim()} gives ${wrong.length} of ${wanted.length} records a wrong verdict: ${places}`);
  }
}

const PACKAGES = ["dbsharing", RELEASED];

/** The lanes that these options choose and that can run here, those of dbsharing first. */
export function lanesOf(options) {
  const others = Object.keys(contenders).filter((id) => !PACKAGES.includes(id));
  const own = PACKAGES.filter(isPlayable);
  const lanesFor = (ids) => ids.map((id) => contenderLane(id, options));
  const lanes = [...lanesFor(own), ...nativeLanes(options), ...lanesFor(others), ...ownLanes(own, options)];
  return lanes.filter(({ id }) => options.wants(id));
}

function isPlayable(id) {
  const missing = contenders[id].missing?.();
  if (missing) console.error(`bench: ${missing}`);
  return missing === undefined;
}

function contenderLane(id, { warmUpMs }) {
  const { name, share, verifiesNothing } = contenders[id];
  const isCompared = PACKAGES.includes(id);
  const options = { share, verifiesNothing, isCompared, warmUp: isCompared ? Infinity : WARM_UP };
  return new Lane(id, name, nodeProgram("contender-process.js", id, warmUpMs), options);
}

function nativeLanes({ native, forThisProcessor, wants }) {
  if (native === "none" || !wants("native")) return [];
  const program = native ?? buildNative();
  if (program === undefined) {
    console.error("bench: cargo is not installed, so the native core is left out");
    return [];
  }
  const lane = new Lane("native", "dbsharing (native)", [program]);
  if (!forThisProcessor) return [lane];
  return [lane, new Lane("native-tuned", "dbsharing (native, this CPU)", [buildNative({ forThisProcessor })])];
}

/** What is measured of dbsharing only, and only with many keys. */
function ownLanes(packages, { warmUpMs }) {
  const options = { verifiesNothing: true, fewKeys: false };
  const rounds = packages.map((packageId) => {
    const id = packageId === RELEASED ? `rounds-${RELEASED}` : "rounds";
    return new Lane(id, id, nodeProgram("rounds-process.js", packageId, warmUpMs), { ...options, isCompared: true });
  });
  return [...rounds, new Lane("spoiled", "spoiled", nodeProgram("spoiled-process.js", warmUpMs), options)];
}

function nodeProgram(name, ...args) {
  return [process.execPath, "--no-warnings", fileURLToPath(new URL(name, import.meta.url)), ...args.map(String)];
}
