import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { memoryStore } from "../../js/stores/memory.js";
import { testStore } from "../../js/testing.js";

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
