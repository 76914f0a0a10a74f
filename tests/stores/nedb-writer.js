// A process that writes one batch after another into a NeDB file, prints each that was acknowledged, and ends when a batch
// fails or, by a signal, during the database call of the given number.
import Datastore from "nedb-promises";
import { nedbStore } from "../../js/stores/nedb.js";

const [file, ...numbers] = process.argv.slice(2);
const [entriesABatch, firstBatch, lastCall] = numbers.map(Number);
const db = Datastore.create(file);
let calls = 0;
for (const name of ["insertAsync", "updateAsync", "removeAsync"]) {
  const method = db.__original[name].bind(db.__original);
  db.__original[name] = (...args) => {
    const result = method(...args);
    calls += 1;
    if (calls === lastCall) process.kill(process.pid, "SIGKILL");
    return result;
  };
}

const store = nedbStore(db);
for (let batch = firstBatch; ; batch += 1) {
  const entries = Array.from({ length: entriesABatch }, (_, index) => ({
    key: `owner/${index}`,
    version: `${batch.toString(16).padStart(14, "0")}-${"0".repeat(64)}`,
    text: JSON.stringify({ batch, filling: "x".repeat(400) }),
  }));
  await store.write(entries);
  process.stdout.write(`${batch}\n`);
}
