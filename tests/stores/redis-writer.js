// A process that writes every key with some of the versions, and prints how many were written.
import { createClient } from "redis";
import { redisStore } from "../../js/stores/redis.js";

const [port, keys, first, last, step] = process.argv.slice(2).map(Number);
const client = await createClient({ url: `redis://127.0.0.1:${port}` }).connect();
const store = redisStore(client);
let written = 0;
for (let timestamp = first; timestamp <= last; timestamp += step) {
  const version = `${timestamp.toString(16).padStart(14, "0")}-${"0".repeat(64)}`;
  const text = JSON.stringify({ timestamp });
  const entries = Array.from({ length: keys }, (_, index) => ({ key: `key/${index}`, version, text }));
  const outcomes = await store.write(entries);
  written += outcomes.filter((outcome) => outcome === "written").length;
}
console.log(written);
await client.close();
