// The process that reads what a killed one left, because not every runtime opens every database.
// node reader.js NAME PLACE
import { driverNamed, openDatabase } from "../stores/databases.js";

const [name, place] = process.argv.slice(2);
const { store, close } = await openDatabase(driverNamed(name), place);
process.stdout.write(JSON.stringify({ entries: await listOf(store.entries()), versions: await listOf(store.versions()) }));
await close();

async function listOf(iterable) {
  const list = [];
  for await (const item of iterable) list.push(item);
  return list;
}
