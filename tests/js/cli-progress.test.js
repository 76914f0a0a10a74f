// The progress of a long command is shown on a terminal and nowhere else.
import assert from "node:assert/strict";
import { test } from "node:test";

import { partBeforeKey } from "../../js/cli/database.js";
import { createProgress } from "../../js/cli/progress.js";
import { databaseOf, entriesOf, withLevel } from "./fixtures/node-folders.js";
import { records } from "./fixtures/records.js";

/** A terminal that keeps what is written, and a clock that stands still. */
function watched(options = {}) {
  const terminal = { isTTY: true, written: "", write: (text) => void (terminal.written += text), ...options };
  const clock = { nowMs: 0 };
  const progress = createProgress("record", { stderr: terminal, env: options.env ?? {}, now: () => clock.nowMs });
  return { terminal, clock, progress };
}

test("count, speed and remaining time are shown at intervals, on one line that is rewritten", async () => {
  const { terminal, clock, progress } = watched();
  await progress.at(1, () => 0.5);
  progress.clear();
  assert.equal(terminal.written, "", "nothing is shown for work that is over at once");
  clock.nowMs = 1500;
  await progress.at(12_000, async () => 0.01);
  clock.nowMs = 1600;
  await progress.at(13_000, () => 0.02);
  clock.nowMs = 120_000;
  await progress.at(240_000, () => 0.8);
  progress.clear();
  progress.clear();
  const lines = ["12 000 records, 8 000/s, about 3 min left", "240 000 records, 2 000/s, about 30 s left"];
  assert.equal(terminal.written, `\r\u001b[K${lines.join("\r\u001b[K")}\r\u001b[K`);
});

test("if the total is unknown, the remaining time is not estimated", async () => {
  for (const part of [undefined, NaN, 0, 0.0001, 1.5]) {
    const { terminal, clock, progress } = watched();
    clock.nowMs = 1000;
    await progress.at(1, () => part);
    assert.equal(terminal.written, "\r\u001b[K1 record, 1/s", String(part));
  }
});

test("without a terminal nothing is shown, and the database is not read", async () => {
  for (const options of [{ isTTY: false }, { env: { TERM: "dumb" } }]) {
    const { terminal, clock, progress } = watched(options);
    clock.nowMs = 10_000;
    await progress.at(1, () => assert.fail("it was read"));
    progress.clear();
    assert.equal(terminal.written, "");
  }
});

test("how much of a database lies before a key is estimated from its index", async () => {
  const path = await databaseOf(records(8000));
  const entries = await entriesOf(path);
  await withLevel(path, async (_, db) => {
    await db.open();
    const partBefore = partBeforeKey(db);
    for (const part of [0.25, 0.5, 0.75]) {
      const estimated = await partBefore(entries[entries.length * part].key);
      assert.ok(Math.abs(estimated - part) < 0.1, `${estimated} of ${part}`);
    }
  });
});
