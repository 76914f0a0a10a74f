// The table of databases: every row of the files in databases/. Contract tests, crash tests, tests of shared processes and
// benches read it, so a store is tested in all of them once it has a file there.
import { readdirSync } from "node:fs";

import { toolEnvironment } from "../../.ci/toolchain.mjs";
import { importFrom } from "../bench/packages.js";

/**
 * One driver of one database. Drivers are imported where they are needed, because not every runtime has all of them.
 *
 * @typedef {object} Row
 * @property {string} name what tests call it, and `npm run test:crash -- --only NAME`
 * @property {string} store the name of its store: js/stores/STORE.js
 * @property {string} [driver] the npm package of the driver
 * @property {string} [testedIn] the file that tests it when it cannot be opened here; such a row needs nothing below
 * @property {(options?: { mustLast?: boolean }) => Promise<{ emptyPlace: () => Promise<string>, remove: () => Promise<void> }>}
 *   prepare starts what the database needs. Each call of `emptyPlace` names another empty place. `mustLast` asks for the
 *   greatest durability that the database has
 * @property {(place: string) => Promise<Connection>} connect opens a place, with the same data in every process
 * @property {(module: object, connection: Connection) => object} storeOver the store, made by the module of the store
 * @property {string} [runtime] the command that runs processes that open it; default this process's runtime
 * @property {() => string | undefined} [whyNot] why it cannot be tested here
 * @property {boolean} [isShared] whether several processes may open one place at the same time; then connections have `byHand`
 * @property {boolean} [isSharedByStores] whether several stores may use one connection
 * @property {boolean} [isVolatile] whether the data end with the connection
 * @property {boolean} [isVariant] whether it is one more driver of a database with a row of its own: only the contract is tested
 * @property {(client: object) => BareDriver | Promise<BareDriver>} [bare] the work of the store with the least code, for
 *   bench:stores
 * @property {boolean} [hasReleased] whether bench:stores also measures the store of version 0.1.0
 *
 * @typedef {object} Connection
 * @property {object} client the driver's object
 * @property {() => unknown} close
 * @property {{ deleteOne: () => unknown, damageOne: () => unknown, deleteAll: () => unknown }} [byHand] what an operator
 *   might do to the records
 *
 * @typedef {object} BareDriver
 * @property {(batch: object[]) => unknown} write writes the entries that are newer than what is held
 * @property {(keys: string[]) => unknown} get
 * @property {() => unknown} scan reads every entry, and returns their number
 * @property {() => unknown} versions reads every key and version, and returns their number
 */

const folder = new URL("databases/", import.meta.url);
const files = readdirSync(folder).sort();
const modules = await Promise.all(files.map((file) => import(new URL(file, folder))));

/** @type {Row[]} */
const rows = modules.flatMap(({ databases }) => databases);

/** Rows that cannot be opened here, because they need a page. */
export const testedElsewhere = rows.filter(({ testedIn }) => testedIn !== undefined);

/** Every driver of every database that can be opened here. */
export const drivers = rows.filter(({ testedIn }) => testedIn === undefined);

/** One row for each database that can be opened here. */
export const databases = drivers.filter(({ isVariant }) => !isVariant);

export const driverNamed = (name) => drivers.find((row) => row.name === name);

/**
 * Opens a place with a store over it, of this package or of another.
 *
 * @param {Row} row
 */
export async function openDatabase(row, place, packageId) {
  const connection = await row.connect(place);
  const store = await storeOver(row, connection, packageId);
  return {
    ...connection,
    store,
    async close() {
      await store.close?.();
      await connection.close();
    },
  };
}

/** @param {Row} row */
export async function storeOver(row, connection, packageId = "dbsharing") {
  return row.storeOver(await importFrom(packageId, `js/stores/${row.store}.js`), connection);
}

/** How to start a process that opens this row's database. */
export function processOf({ runtime }, args, options) {
  return [runtime ?? process.execPath, args, { ...options, env: toolEnvironment({ NODE_NO_WARNINGS: "1" }) }];
}
