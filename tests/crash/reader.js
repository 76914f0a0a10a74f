// The process that looks at what a killed one has left, because not every runtime opens every database.
// node reader.js NAME PLACE
import { databases } from "./databases.js";

const [name, place] = process.argv.slice(2);
const { store, close } = await databases.find((row) => row.name === name).open(place);
process.stdout.write(JSON.stringify({ entries: await listOf(store.entries()), versions: await listOf(store.versions()) }));
await close();

async function listOf(iterable) {
  const list = [];
  for await (const item of iterable) list.push(item);
  return list;
}
