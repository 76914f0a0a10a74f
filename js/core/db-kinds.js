// The kinds of database that may be given, recognised by their methods; and what is missing from a value that is none of them.
import { printedDriver } from "./db-drivers.js";
import { hasMethods } from "./has-methods.js";
import { printed, printedKind } from "./kind-name.js";
import { nearestWord } from "./nearest-word.js";

/** The name and methods of each kind, in the order in which they are tried. */
const KINDS = {
  store: { name: "a Store", methods: ["getMany", "entries", "write"] },
  simple: { name: "a SimpleDb", methods: ["getAll", "put"] },
  model: { name: "a LinktreeModel", methods: ["getAllLinktrees", "setLinktree"] },
  promise: { name: "a promise", methods: ["then"] },
};
const METHODS = new Set(Object.values(KINDS).flatMap(({ methods }) => methods));
/** How many names of members are searched for a mistyped method. */
const MAX_NAMES = 200;

/** Which kind of database this is, or "promise" for a promise of one; undefined for anything else. */
export function kindOfDb(db) {
  return Object.keys(KINDS).find((kind) => hasMethods(db, KINDS[kind].methods));
}

/** Describes what was given instead of a database: what it lacks, or where in it the database is. */
export function printedDb(value) {
  const kind = kindOfDb(value);
  if (kind !== undefined) return KINDS[kind].name;
  const inner = value === null ? undefined : kindOfDb(value?.default);
  if (inner !== undefined) return `a module whose default is ${KINDS[inner].name}: give its default`;
  const driver = printedDriver(value);
  if (driver !== undefined) return driver;
  const lacking = isPlain(value) ? lackOf(value) : undefined;
  return lacking === undefined ? printedKind(value) : `${printed(value)} that ${lacking}`;
}

/** What a value with some of a kind's methods lacks; undefined if it has no method of any kind. */
function lackOf(value) {
  const names = namesOf(value);
  const others = names.filter((name) => !METHODS.has(name));
  const lacks = Object.values(KINDS).map(({ methods }) => {
    const had = methods.filter((name) => hasMethods(value, [name]));
    const missing = methods.filter((name) => !had.includes(name));
    const meant = missing.map((name) => (names.includes(name) ? "one that is not a function" : nearestWord(name, others)));
    return { had, missing, meant, score: 2 * had.length + meant.filter(Boolean).length };
  });
  const [{ had, missing, meant, score }] = lacks.sort((one, other) => other.score - one.score);
  if (score === 0) return undefined;
  const named = missing.map((name, at) => (meant[at] === undefined ? name : `${name} (it has ${meant[at]})`));
  return `${had.length === 0 ? "" : `has ${had.join(" and ")} and `}lacks ${named.join(" and ")}`;
}

/** The names of an object's own and inherited members, except those of every object. */
function namesOf(value) {
  const names = new Set();
  for (let at = value; isPlain(at); at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at).slice(0, MAX_NAMES)) names.add(name);
  }
  return [...names].slice(0, MAX_NAMES);
}

/** Not an array, which has methods of such names too, nor Object.prototype. */
function isPlain(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value) && value !== Object.prototype;
}
