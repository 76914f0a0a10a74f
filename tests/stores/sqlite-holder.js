// A process that holds the lock of writers until its input ends: sqlite-holder.js DRIVER FILE. It prints "held".
import { openSqlite } from "./sqlite-drivers.js";

const [driver, path] = process.argv.slice(2);
const db = await openSqlite(driver, path);
db.exec("begin immediate");
console.log("held");
process.stdin.resume();
process.stdin.on("end", () => {
  db.exec("rollback");
  db.close();
});
