// The published shapes of a linktree task, each on three nodes: what is written on one is served by the own routes of all.
import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonToSkip, oldestNode } from "../package/engines.js";
import { owner, printedBy, read, roundOnEach, send, withNetwork } from "./world.js";

const skip = reasonToSkip(oldestNode);
/** Only a hang takes this long. */
const timeout = 600_000;

/**
 * Each shape: what its task is, how a page edits a record there, and where the task itself lists records. One that `keepsAll`
 * has a document for each edit; its getters always answer with the first, and its lists name all.
 */
const shapes = {
  level: { says: "LevelDB, callbacks, keyed records", edit: "POST", list: "/linktree/all", mounted: [] },
  insert: { says: "NeDB, every write one more document", edit: "POST", list: "/linktree/list", keepsAll: true },
  updating: { says: "the same with the README's updates", edit: "PUT", list: "/linktree/list" },
  "store-set": { says: "NeDB, updates that go nowhere", edit: "POST", list: "/linktree/list", keepsAll: true },
  update: { says: "NeDB, updates, a third argument", edit: "PUT", list: "/linktree/list" },
};

const whoAnswers =
  "dbsharing: the task's own routes answer GET /linktree/list; dbsharing answers GET /linktree/all, GET /linktree/symbols and GET /linktree/records";

for (const [shape, { says, edit, list, keepsAll, mounted = [whoAnswers] }] of Object.entries(shapes)) {
  test(`${says}: a record, three edits and their proofs are in the task's own routes on every node`, { skip, timeout }, () =>
    withNetwork(shape, async ({ nodes }) => {
      const by = owner();
      const [first] = nodes;
      let latest = by.version("first");
      await send(first, "POST", latest);
      await assertOnEach(nodes, latest, list);
      for (const text of ["one edit", "two edits", "three edits"]) {
        latest = by.version(text);
        await send(first, edit, latest);
        await assertOnEach(nodes, latest, list, keepsAll);
      }
      for (const node of nodes) {
        const { lines } = node.running.task.printed;
        assert.deepEqual(
          lines.filter((line) => line.includes("own routes")).map((line) => line.split(". ")[0]),
          mounted,
          printedBy(node),
        );
      }
    }),
  );
}

/** After at most two rounds each node's own routes serve the record and its proof. */
async function assertOnEach(nodes, record, list, keepsAll) {
  for (let round = 0; round < 2; round += 1) await roundOnEach(nodes);
  for (const node of nodes) {
    try {
      await assertServed(node, record, list, keepsAll);
    } catch (cause) {
      throw new Error(`${cause.message}\n${printedBy(node)}`, { cause });
    }
  }
}

async function assertServed(node, record, list, keepsAll = false) {
  const { publicKey, signature } = record;
  const proof = { publicKey, signature };
  const versions = (await read(node, list)).map((item) => item.value ?? item).filter(({ data }) => data !== undefined);
  assert.deepEqual(
    versions.filter((one) => one.signature === signature),
    [record],
  );
  const proofs = await read(node, "/proofs/all");
  assert.deepEqual(
    proofs.filter((one) => one.signature === signature),
    [proof],
  );
  if (keepsAll) return;
  assert.deepEqual([versions.length, proofs.length], [1, 1], "an edit replaces what was there");
  assert.deepEqual(await read(node, `/linktree/get/${publicKey}`), record);
  assert.deepEqual(await read(node, `/proofs/get/${publicKey}`), proof);
}
