// A process that has a LevelDB open and does what it is told, so that who tells it can change its limits meanwhile.
// node told-writer.js FOLDER, then lines "write KEY", "list", "reopen" and so on; each is answered with one line of JSON.
import { createInterface } from "node:readline";

import { ClassicLevel } from "classic-level";

import { levelStore } from "../../js/stores/level.js";

const VERSION = `${"0".repeat(14)}-${"0".repeat(64)}`;
const TEXT = JSON.stringify("x".repeat(20_000));

let db = new ClassicLevel(process.argv[2]);
let store = levelStore(db);

const orders = {
  write: (key) => store.write([{ key, version: VERSION, text: TEXT }]),

  /** What the task itself does beside the store. */
  put: (key) => db.put(key, TEXT).then(() => "put"),
  del: (key) => db.del(key + TEXT).then(() => "deleted"),
  batch: (key) => db.batch([{ type: "put", key, value: TEXT }]).then(() => "put"),
  chain: (key) => db.batch().put(key, TEXT).write().then(() => "put"),
  sublevel: (key) => db.sublevel("task").put(key, TEXT).then(() => "put"),
  clear: () => db.clear({ lt: "!" }).then(() => "cleared"),

  async list() {
    const keys = [];
    for await (const { key } of store.versions()) keys.push(key);
    return keys;
  },

  async reopen() {
    await db.close();
    db = new ClassicLevel(process.argv[2]);
    store = levelStore(db);
    return "opened";
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [order, ...args] = line.split(" ");
  const answer = await orders[order](...args).catch((error) => error.message);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await db.close();
