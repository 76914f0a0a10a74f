// A process that writes its share of versions of the same keys as others do at the same time:
// sqlite-writer.js DRIVER FILE SHARE SHARES VERSIONS KEYS. It prints how many of its entries were written.
import { sqliteStore } from "../../js/stores/sqlite.js";
import { openSqlite } from "./sqlite-drivers.js";
import { writeShare } from "./interleaved.js";

const [driver, path, ...numbers] = process.argv.slice(2);
const db = await openSqlite(driver, path);
console.log(await writeShare(sqliteStore(db), ...numbers.map(Number)));
db.close();
