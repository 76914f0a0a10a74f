// The databases of bench:stores: how each is opened in an empty folder, our store over it, and the bare driver's way.
import { memoryStore } from "../../../js/stores/memory.js";
import { levelStore } from "../../../js/stores/level.js";

/**
 * Each row's `open(folder)` resolves with `{ store, bare, close }`; `missing()` gives the reason why it cannot be played
 * here, where there is one.
 */
export const databases = {
  memory: { open: async () => ({ store: memoryStore, bare: bareMap, close: async () => {} }) },
  level: { open: openLevel },
};

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

async function openLevel(folder) {
  const { ClassicLevel } = await import("classic-level");
  const db = new ClassicLevel(folder);
  return { store: () => levelStore(db), bare: () => bareLevel(db), close: () => db.close() };
}

const versionOf = (value) => value?.slice(0, 79);

function bareLevel(db) {
  const scan = async () => {
    let seen = 0;
    for await (const _ of db.iterator()) seen += 1;
    return seen;
  };
  return {
    async write(batch) {
      const held = await db.getMany(batch.map(({ key }) => key));
      const newer = batch.filter(({ version }, at) => !(versionOf(held[at]) >= version));
      await db.batch(newer.map(({ key, version, text }) => ({ type: "put", key, value: version + text })), { sync: true });
    },
    get: (keys) => db.getMany(keys),
    scan,
    versions: scan,
  };
}
