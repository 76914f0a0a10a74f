// A process that has a database open and follows orders, so that its parent can change its limits in between.
// node ordered-writer.js NAME FOLDER, then lines "write KEY", "list", "reopen" and so on; each is answered with a line of JSON.
import { join } from "node:path";
import { createInterface } from "node:readline";

import SealdDatastore from "@seald-io/nedb";
import { ClassicLevel } from "classic-level";

import { levelStore } from "../../js/stores/level.js";
import { nedbStore } from "../../js/stores/nedb.js";

const VERSION = `${"0".repeat(14)}-${"0".repeat(64)}`;
const TEXT = JSON.stringify("x".repeat(20_000));

/** How each database is opened, and what the task itself does with it besides the store. */
const databases = {
  level(folder) {
    const db = new ClassicLevel(folder);
    return {
      store: levelStore(db),
      close: () => db.close(),
      put: (key) => db.put(key, TEXT),
      del: (key) => db.del(key + TEXT),
      batch: (key) => db.batch([{ type: "put", key, value: TEXT }]),
      chain: (key) => db.batch().put(key, TEXT).write(),
      sublevel: (key) => db.sublevel("task").put(key, TEXT),
    };
  },

  nedb(folder) {
    const db = new SealdDatastore({ filename: join(folder, "records.db"), autoload: true });
    const store = nedbStore(db);
    return {
      store,
      close: () => store.close(),
      put: (key) => db.insertAsync({ _id: key, text: TEXT }),
      update: (key) => db.updateAsync({ _id: key }, { $set: { text: TEXT } }, { upsert: true }),
    };
  },
};

const [name, folder] = process.argv.slice(2);
let opened = databases[name](folder);

const orders = {
  write: (key) => opened.store.write([{ key, version: VERSION, text: TEXT }]),

  async list() {
    const keys = [];
    for await (const { key } of opened.store.versions()) keys.push(key);
    return keys;
  },

  async reopen() {
    await opened.close();
    opened = databases[name](folder);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [order, key] = line.split(" ");
  const answer = await (orders[order] ?? opened[order])(key).catch(({ message }) => message);
  process.stdout.write(`${JSON.stringify(answer ?? "done")}\n`);
}
