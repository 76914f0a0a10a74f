// The published shapes of a linktree task, each on three nodes: what is written on one is served by the own routes of all.
import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonToSkip, oldestNode } from "../package/engines.js";
import { owner, read, roundOnEach, send, withNetwork } from "./world.js";

const skip = reasonToSkip(oldestNode);
/** So long takes only what hangs. */
const timeout = 600_000;

/** Each shape: what its task is, how a page edits a record there, and where the task itself lists records. */
const shapes = {
  level: { says: "LevelDB, callbacks, keyed records", edit: "POST", list: "/linktree/all" },
  insert: { says: "NeDB, every write one more document", edit: "POST", list: "/linktree/list" },
  update: { says: "NeDB, edits are updates, a third argument", edit: "PUT", list: "/linktree/list" },
};

for (const [shape, { says, edit, list }] of Object.entries(shapes)) {
  test(`${says}: a record, three edits and their proofs are in the task's own routes on every node`, { skip, timeout }, () =>
    withNetwork(shape, async ({ nodes }) => {
      const by = owner();
      const [first, ...others] = nodes;
      await send(first, "POST", by.version("first"));
      await roundOnEach(others);
      let latest;
      for (const text of ["one edit", "two edits", "three edits"]) {
        latest = by.version(text);
        await send(first, edit, latest);
        await roundOnEach(nodes);
      }
      for (const node of nodes) await assertServed(node, latest, list);
    }));
}

async function assertServed(node, record, list) {
  const { publicKey, signature } = record;
  const where = `${node.url}, which printed:\n${node.running.task.printed.lines.slice(-20).join("\n")}`;
  assert.deepEqual(await read(node, `/linktree/get/${publicKey}`), record, where);
  const listed = (await read(node, list)).map((item) => item.value ?? item);
  assert.deepEqual(listed.filter((one) => one.signature === signature), [record], where);
  assert.deepEqual(await read(node, `/proofs/get/${publicKey}`), { publicKey, signature }, where);
}
