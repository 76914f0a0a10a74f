// What the tests of the sqlite store share: temporary files, and tests with connections to them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStore } from "../../js/stores/sqlite.js";
import { openSqlite } from "./sqlite-drivers.js";

/** The path of a new file, and a function that removes its folder. */
function folder() {
  const directory = mkdtempSync(join(tmpdir(), "dbsharing-sqlite-"));
  return {
    path: join(directory, "records.sqlite"),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/**
 * `testFile(name, check)` over a test function and a driver: a test with its own file, a connection to it, a store over
 * that, and a way to open more connections.
 */
export function fileTests(test, driver) {
  return (name, check) =>
    test(name, async () => {
      const { path, remove } = folder();
      const connections = [];
      const open = async (options) => {
        connections.push(await openSqlite(driver, path, options));
        return connections.at(-1);
      };
      try {
        const db = await open();
        await check({ path, db, open, store: sqliteStore(db) });
      } finally {
        connections.forEach(closeOnce);
        remove();
      }
    });
}

function closeOnce(db) {
  try {
    db.close();
  } catch {
    // The test has closed it.
  }
}
