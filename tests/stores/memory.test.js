import assert from "node:assert/strict";
import { test } from "node:test";

import { memoryStore } from "../../js/stores/memory.js";
import { testStore } from "../../js/testing.js";

testStore(memoryStore, { test });

test("two memory stores share nothing", async () => {
  const [first, second] = [memoryStore(), memoryStore()];
  await first.write([{ key: "a", version: `${"0".repeat(14)}-${"0".repeat(64)}`, text: "{}" }]);
  assert.deepEqual(await second.getMany(["a"]), [undefined]);
});
