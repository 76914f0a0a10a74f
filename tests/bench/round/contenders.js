// Who takes part. `load()` gives what makes a new node with nothing held, so that a process holds no other's library.
//
// A node has `round()`, which gives counts, and `records()`, which gives what it holds.

export const contenders = {
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
      const { Plain } = await import("./plain.js");
      return (settings) => new Plain(settings);
    },
  },
  dbsharing: {
    name: "dbsharing",
    async load() {
      const { Product } = await import("./product.js");
      return (settings) => Product.inMemory(settings);
    },
  },
  level: {
    name: "dbsharing, records in LevelDB",
    async load() {
      const { Product } = await import("./product.js");
      return (settings) => Product.onDisk(settings);
    },
  },
  // Shows what the others do beside asking.
  empty: {
    name: "(an empty fetch of each peer)",
    holdsNothing: true,
    async load() {
      const { EmptyFetch } = await import("./plain.js");
      return (settings) => new EmptyFetch(settings);
    },
  },
};
