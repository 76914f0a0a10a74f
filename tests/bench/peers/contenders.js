// The contenders. `load()` resolves with `open(folder)`, so that a process does not hold the libraries of another contender.
//
// `open` resolves with a node over a new database in that folder: `url`, where it serves what it holds; `meet(url)` names
// its peer; `put(records)` stores records of its own; `sync(bothWays)` gets what it lacks, and also sends what the peer
// lacks, with `"atOnce"` at the same time and with `"inTurn"` afterwards; `records()`; `close()`. Where a node only gets,
// `onlyGets`, each end calls `sync`.
export const contenders = {
  dbsharing: {
    name: "dbsharing",
    onlyGets: true,
    load: async () => (await import("./dbsharing.js")).open,
  },
  pouchdb: {
    name: "PouchDB",
    isInstalledHere: true,
    load: async () => (await import("./pouchdb.js")).openTrusting,
  },
  "pouchdb-verified": {
    name: "PouchDB, verified",
    isInstalledHere: true,
    load: async () => (await import("./pouchdb.js")).openVerifying,
  },
  plain: {
    name: "plain JavaScript",
    onlyGets: true,
    load: async () => (await import("./plain.js")).open,
  },
};
