// The contenders. `load()` resolves with a function that makes a node which holds nothing, so that a process does not hold the
// library of another contender.
//
// A node has `round()`, which resolves with counts, and `records()`, which returns what it holds. A contender that is compared
// with the released package, `isCompared`, plays more often. If one cannot run here, `missing()` returns the reason.
import { RELEASED, whyNotReleased } from "../packages.js";
import { databases } from "./databases.js";

const rounds = {
  seed: {
    name: "the original: axios, tweetnacl, bs58",
    sampled: true,
    async load() {
      const { Seed } = await import("./seed.js");
      return (settings) => new Seed(settings);
    },
  },
  plain: {
    name: "plain JavaScript: fetch, Map, node:crypto",
    async load() {
      const { Plain, importedAs } = await import("./plain.js");
      return (settings) => new Plain(settings, importedAs.jwk);
    },
  },
  "plain-der": {
    name: "plain JavaScript, keys imported from DER",
    async load() {
      const { Plain, importedAs } = await import("./plain.js");
      return (settings) => new Plain(settings, importedAs.der);
    },
  },
  [RELEASED]: {
    name: `dbsharing ${RELEASED} as released`,
    isCompared: true,
    missing: whyNotReleased,
    async load() {
      const { inMemory } = await import("./product.js");
      return inMemory(RELEASED);
    },
  },
  dbsharing: {
    name: "dbsharing",
    isCompared: true,
    async load() {
      const { inMemory } = await import("./product.js");
      return inMemory("dbsharing");
    },
  },
  "over-map": {
    name: "dbsharing, { getAll, put } over a Map",
    async load() {
      const { overMap } = await import("./product.js");
      return overMap("dbsharing");
    },
  },
  "over-map-get": {
    name: "dbsharing, { get, getAll, put } over a Map",
    async load() {
      const { overMap } = await import("./product.js");
      return overMap("dbsharing", { hasGet: true });
    },
  },
  level: {
    name: "dbsharing, records in LevelDB",
    async load() {
      const { onDisk } = await import("./product.js");
      return onDisk("dbsharing");
    },
  },
  // Shows the cost of only asking.
  empty: {
    name: "(an empty fetch of each peer)",
    holdsNothing: true,
    async load() {
      const { EmptyFetch } = await import("./plain.js");
      return (settings) => new EmptyFetch(settings);
    },
  },
};

/** The id of the released package for an id of this one. */
export const released = (id) => `${id}-${RELEASED}`;

/** A serving node for each database, of the released package and of this one: a process of `packageId`. */
const servers = Object.entries(databases).flatMap(([database, { name, missing, runtime }]) => {
  const server = { database, runtime, isCompared: true };
  const whyNot = () => whyNotReleased() ?? missing?.();
  return [
    [released(database), { ...server, name: `${RELEASED}: ${name}`, packageId: RELEASED, missing: whyNot }],
    [database, { ...server, name, packageId: "dbsharing", missing }],
  ];
});

/** What only dbsharing does: nodes that tell each other what differs, and what that takes. */
const symbols = {
  pair: { name: "dbsharing, two nodes over LevelDB" },
  holding: { name: "dbsharing, made-up records" },
};

export const contenders = { ...rounds, ...Object.fromEntries(servers), ...symbols };
