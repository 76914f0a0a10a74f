import { join } from "node:path";
import { emptyFolders } from "../empty-folders.js";

const nedb = {
  store: "nedb",
  prepare: emptyFolders,
  async storeOver({ nedbStore }, { client }) {
    const store = nedbStore(client);
    await store.getMany([]); // a file that is still being read cannot be removed
    return store;
  },
};

/** @type {import("../databases.js").Row[]} */
export const databases = [
  {
    ...nedb,
    name: "nedb",
    driver: "nedb-promises",
    connect: connectPromises((Datastore, filename) => Datastore.create({ filename })),
    bare: bareNedb,
  },
  {
    ...nedb,
    name: "nedb-promises without its proxy",
    isVariant: true,
    connect: connectPromises((Datastore, filename) => new Datastore({ filename })),
  },
  { ...nedb, name: "@seald-io/nedb", isVariant: true, connect: connectSeald((db) => db) },
  { ...nedb, name: "a NeDB that only takes callbacks", isVariant: true, connect: connectSeald(withCallbacksOnly) },
];

// The store closes what there is to close: NeDB itself has nothing.
const connectionOf = (client) => ({ client, close() {} });
const fileIn = (folder) => join(folder, "records.db");

function connectPromises(open) {
  return async (folder) => {
    const { default: Datastore } = await import("nedb-promises");
    return connectionOf(open(Datastore, fileIn(folder)));
  };
}

function connectSeald(shaped) {
  return async (folder) => {
    const { default: Datastore } = await import("@seald-io/nedb");
    return connectionOf(shaped(new Datastore({ filename: fileIn(folder), autoload: true })));
  };
}

/** The first NeDB had only these methods. */
function withCallbacksOnly(db) {
  const methods = ["find", "insert", "update", "remove"].map((name) => [name, db[name].bind(db)]);
  return { filename: db.filename, ...Object.fromEntries(methods) };
}

/** The most that NeDB can do: it has no batch of updates and no condition. */
function bareNedb(db) {
  return {
    async write(batch) {
      const held = new Map();
      for (const document of await db.find({ _id: { $in: batch.map(({ key }) => key) } })) held.set(document._id, document);
      const newer = batch.filter(({ key, version }) => !(held.get(key)?.version >= version));
      const documents = newer.map(({ key, version, text }) => ({ _id: key, version, text }));
      await db.insert(documents.filter(({ _id }) => !held.has(_id)));
      for (const document of documents) {
        if (held.has(document._id)) await db.update({ _id: document._id }, document, { upsert: true });
      }
    },
    get: (keys) => db.find({ _id: { $in: keys } }),
    scan: async () => (await db.find({}).sort({ _id: 1 })).length,
    versions: async () => (await db.find({}, { version: 1 }).sort({ _id: 1 })).length,
  };
}
