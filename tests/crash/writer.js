// The process that is killed: writes batch after batch, and prints when each begins and when it was acknowledged.
// node writer.js NAME PLACE SEED FIRST_BATCH
import { writeSync } from "node:fs";

import { driverNamed, openDatabase } from "../stores/databases.js";
import { entriesOfBatch } from "./batches.js";

const BATCHES_AT_ONCE = 2;
const STDOUT = 1;

const [name, place, ...numbers] = process.argv.slice(2);
const [seed, first] = numbers.map(Number);

// Written synchronously and whole: what the parent has not read was not acknowledged.
const say = (line) => writeSync(STDOUT, `${line}\n`);

say("opening");
const { store } = await openDatabase(driverNamed(name), place);

let next = first;
async function writeOn() {
  for (;;) {
    const batch = next;
    next += 1;
    say(`begun ${batch}`);
    await store.write(entriesOfBatch(seed, batch));
    say(`acknowledged ${batch}`);
  }
}
await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, writeOn));
