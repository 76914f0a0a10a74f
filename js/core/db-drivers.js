// Drivers that are passed as option db by mistake, instead of a ready-made store over them, recognised by their methods.
import { hasMethods } from "./has-methods.js";

/**
 * What to pass instead of each driver. A driver has all methods of one of the lists `methods`, and none of the methods `none`.
 */
const DRIVERS = [
  { of: "LevelDB", methods: [["sublevel", "iterator", "batch"]], store: "levelStore(db)", file: "level" },
  { of: "Redis", methods: [["call", "pipeline"], ["sendCommand"]], store: "redisStore(client)", file: "redis" },
  { of: "SQLite", methods: [["prepare", "exec"]], store: "sqliteStore(db)", file: "sqlite" },
  {
    of: "PostgreSQL",
    methods: [["unsafe", "begin"]],
    store: "postgresStore({ query: (text, params) => sql.unsafe(text, params) })",
    file: "postgres",
  },
  {
    of: "PostgreSQL",
    methods: [
      ["query", "connect"],
      ["query", "exec"],
    ],
    none: ["execute", "escape"], // those of MySQL
    store: "postgresStore({ query: (text, params) => pool.query(text, params) })",
    file: "postgres",
  },
  { of: "NeDB", methods: [["find", "insert", "update", "remove"]], store: "nedbStore(datastore)", file: "nedb" },
  { of: "IndexedDB", methods: [["transaction", "createObjectStore"]], store: "indexeddbStore(db)", file: "indexeddb" },
];

const WRAPPER = "a namespaceWrapper (give nedbStore(await namespaceWrapper.getDb()), or use koiiSharing of dbsharing/koii)";

/** The driver that this looks like, with the store to pass instead; undefined if it looks like none. */
export function printedDriver(value) {
  if (hasMethods(value, ["getDb"])) return WRAPPER;
  const hasAny = (lists) => lists.some((names) => hasMethods(value, names));
  const driver = DRIVERS.find(({ methods, none = [] }) => hasAny(methods) && !hasAny(none.map((name) => [name])));
  return driver && `a driver of ${driver.of} (give ${driver.store} of dbsharing/stores/${driver.file})`;
}
