// A SQLite table with a CHECK constraint that one record violates: refusing-sqlite.js DRIVER, in its runtime.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStore } from "../../js/stores/sqlite.js";
import { record } from "../js/fixtures/records.js";
import { refusesOne } from "./refusing.js";
import { openSqlite } from "./sqlite-drivers.js";

const folder = mkdtempSync(join(tmpdir(), "dbsharing-refusing-"));
try {
  const path = join(folder, "records.sqlite");
  const db = await openSqlite(process.argv[2], path);
  db.exec(`create table dbsharing_records (key text not null primary key collate binary, version text not null,
    text text not null check (text not like '%forbidden%')) without rowid`);
  await refusesOne({
    db: sqliteStore(db),
    bad: record("bad", { note: "forbidden" }),
    words: /CHECK constraint failed/,
    relent: () => db.exec("pragma ignore_check_constraints = on"),
  })();
  db.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
