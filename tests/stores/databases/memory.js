/** @type {import("../databases.js").Row[]} */
export const databases = [
  {
    name: "memory",
    store: "memory",
    isVolatile: true,
    prepare: async () => ({ emptyPlace: async () => "", remove: async () => {} }),
    connect: async () => ({ client: undefined, close() {} }),
    storeOver: ({ memoryStore }) => memoryStore(),
    bare: bareMap,
  },
];

function bareMap() {
  const held = new Map();
  return {
    write(batch) {
      for (const entry of batch) if (!(held.get(entry.key)?.version >= entry.version)) held.set(entry.key, entry);
    },
    get: (keys) => keys.map((key) => held.get(key)),
    scan: () => [...held.keys()].sort().map((key) => held.get(key)).length,
    versions: () => [...held.keys()].sort().map((key) => held.get(key).version).length,
  };
}
