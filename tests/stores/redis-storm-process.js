// A process that writes and removes at random: redis-storm-process.js PORT PREFIX VERSION SEED BATCHES KEYS.
// VERSION is "0.1.0" for the store as it was then. It prints how many entries were written and how many removed.
import { entryAt, sharedKeys } from "./entries.js";
import { connect } from "./redis-collection.js";

const [port, prefix, version, ...numbers] = process.argv.slice(2);
let [seed, batches, keyCount] = numbers.map(Number);
const path = version === "0.1.0" ? "./redis-0.1.0.js" : "../../js/stores/redis.js";
const { redisStore } = await import(path);
const client = await connect(port);
const store = redisStore(client, { prefix });
const keys = sharedKeys(keyCount);
const counts = { written: 0, removed: 0 };

for (let batch = 0; batch < batches; batch += 1) {
  const some = Array.from({ length: 1 + random(20) }, () => keys[random(keyCount)]);
  const outcomes = await store.write(some.map((key) => entryAt(key, 1 + random(1_000_000))));
  counts.written += outcomes.filter((outcome) => outcome === "written").length;
  if (batch % 3 === 0) counts.removed += await removeSome();
}
console.log(JSON.stringify(counts));
await client.close();

async function removeSome() {
  const held = await store.getMany(Array.from({ length: 5 }, () => keys[random(keyCount)]));
  const some = held.filter((entry) => entry !== undefined);
  await store.remove(some);
  return some.length;
}

/** An integer from 0 to below this, the same sequence for each seed. */
function random(below) {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((seed / 2_147_483_648) * below);
}
