import { emptyFolders } from "../empty-folders.js";

/** @type {import("../databases.js").Row[]} */
export const databases = [
  {
    name: "level",
    store: "level",
    driver: "classic-level",
    isSharedByStores: true,
    prepare: emptyFolders,
    async connect(folder) {
      const { ClassicLevel } = await import("classic-level");
      const db = new ClassicLevel(folder);
      return { client: db, close: () => db.close() };
    },
    storeOver: ({ levelStore }, { client }) => levelStore(client),
    bare: bareLevel,
  },
];

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
      await db.batch(
        newer.map(({ key, version, text }) => ({ type: "put", key, value: version + text })),
        { sync: true },
      );
    },
    get: (keys) => db.getMany(keys),
    scan,
    versions: scan,
  };
}
