import { join } from "node:path";
import { emptyFolders } from "../empty-folders.js";
import { whyNo } from "../missing-program.js";
import { sqlByHand } from "../sql-by-hand.js";
import { openSqlite, runtimeOfDriver } from "../sqlite-drivers.js";

/** @type {import("../databases.js").Row[]} */
export const databases = [
  { ...rowOf("node:sqlite"), name: "sqlite", hasReleased: true, bare: bareSqlite },
  rowOf("better-sqlite3"),
  { ...rowOf("bun:sqlite"), isVariant: true },
];

function rowOf(driver) {
  const runtime = runtimeOfDriver[driver];
  return {
    name: driver,
    store: "sqlite",
    runtime,
    isShared: true,
    whyNot: () => whyNo(runtime),
    prepare: emptyFolders,
    async connect(folder) {
      const db = await openSqlite(driver, join(folder, "records.sqlite"));
      return { client: db, close: () => db.close(), byHand: sqlByHand((statement) => db.exec(statement)) };
    },
    storeOver: ({ sqliteStore }, { client }) => sqliteStore(client),
  };
}

function bareSqlite(db) {
  db.exec("create table bare (key text primary key, version text, text text) without rowid");
  const put = db.prepare(`insert into bare values (?, ?, ?) on conflict (key) do update
    set version = excluded.version, text = excluded.text where excluded.version > bare.version`);
  const one = db.prepare("select * from bare where key = ?");
  const count = (rows) => rows.length;
  return {
    write(batch) {
      db.exec("begin immediate");
      for (const { key, version, text } of batch) put.run(key, version, text);
      db.exec("commit");
    },
    get: (keys) => keys.map((key) => one.get(key)),
    scan: () => count(db.prepare("select * from bare order by key").all()),
    versions: () => count(db.prepare("select key, version from bare order by key").all()),
  };
}
