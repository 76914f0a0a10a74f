// A process that writes its share of versions of the same keys as others do at the same time:
// sqlite-writer.js DRIVER FILE SHARE SHARES VERSIONS KEYS [PACKAGE]. It prints how many of its entries were written.
// PACKAGE may be the version of the released package.
import { importFrom } from "../bench/packages.js";
import { openSqlite } from "./sqlite-drivers.js";
import { writeShare } from "./interleaved.js";

const [driver, path, share, shares, versions, keys, from = "dbsharing"] = process.argv.slice(2);
const { sqliteStore } = await importFrom(from, "js/stores/sqlite.js");
const db = await openSqlite(driver, path);
console.log(await writeShare(sqliteStore(db), ...[share, shares, versions, keys].map(Number)));
db.close();
