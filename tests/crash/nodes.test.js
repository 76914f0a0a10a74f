// A whole node is killed while it shares: its folder is sound, and it continues from there.
import assert from "node:assert/strict";
import { test } from "node:test";

import { RECORDS_A_KILL, killNodes } from "./kill-nodes.js";

test("a node that is killed during its rounds has a sound folder, and converges when it is started again", async () => {
  const { records } = await killNodes({ kills: 3, seed: 1 });
  assert.equal(records, 3 * 2 * RECORDS_A_KILL, "two peers, whose records are all different");
});
