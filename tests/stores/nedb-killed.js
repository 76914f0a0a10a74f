// A process that writes one batch after another into a NeDB file until it is killed, and says which it was told of.
import Datastore from "nedb-promises";
import { nedbStore } from "../../js/stores/nedb.js";

const [file, entriesABatch, first] = process.argv.slice(2);
const store = nedbStore(Datastore.create(file));
for (let batch = Number(first); ; batch += 1) {
  const entries = Array.from({ length: Number(entriesABatch) }, (_, index) => ({
    key: `owner/${index}`,
    version: `${batch.toString(16).padStart(14, "0")}-${"0".repeat(64)}`,
    text: JSON.stringify({ batch, filling: "x".repeat(400) }),
  }));
  await store.write(entries);
  process.stdout.write(`${batch}\n`);
}
