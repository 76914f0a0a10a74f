import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Database } from "../../js/core/database.js";
import { memoryStore } from "../../js/stores/memory.js";
import { testStore } from "../../js/testing.js";
import { entryAt, withTurns } from "./entries.js";

// Readers of the types only have this example.
const types = readFileSync(new URL("../../js/types/store.d.ts", import.meta.url), "utf8");
const [, example] = types.match(/@example\n([^]*?)\n \*\/\nexport interface Store \{/);
const mapStore = new Function(`${example.replace(/^ \* ?/gm, "")}; return mapStore;`)();
testStore(mapStore, { test: (name, body) => test(`the example of the types: ${name}`, body) });

test("two memory stores share nothing", async () => {
  const [first, second] = [memoryStore(), memoryStore()];
  await first.write([{ key: "a", version: `${"0".repeat(14)}-${"0".repeat(64)}`, text: "{}" }]);
  assert.deepEqual(await second.getMany(["a"]), [undefined]);
});

const keys = Array.from({ length: 10_000 }, (_, number) => `key/${10_000 + number}`);

test("a look at 10 000 changes gives others many turns", async () => {
  const store = memoryStore();
  const { mark } = await store.changes();
  await store.write(keys.map((key) => entryAt(key, 1)));
  const { result, turns } = await withTurns(() => store.changes(mark));
  assert.deepEqual(
    result.entries,
    keys.map((key) => ({ key, version: entryAt(key, 1).version })),
  );
  assert.ok(turns > 10, `${turns} turns`);
});

test("10 000 changes that a store names at once are passed on with many turns for others", async () => {
  const entries = keys.map((key) => ({ key, version: entryAt(key, 1).version }));
  const db = { ...memoryStore(), changes: () => ({ mark: "m", entries }) };
  const database = new Database({ db, storeTimeoutMs: 10_000, warn() {} });
  const { result, turns } = await withTurns(() => database.changes("l"));
  const lines = entries.map(({ key, version }) => `${key} ${version}\n`).join("");
  assert.equal(new TextDecoder().decode(result.entries), lines);
  assert.ok(turns > 5, `${turns} turns`);
});
