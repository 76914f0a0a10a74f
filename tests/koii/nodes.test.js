// How the nodes of a task are found, also without the service; what is mounted; and a task that is started again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyRecord } from "../../js/index.js";
import { reasonToSkip, oldestNode } from "../package/engines.js";
import { owner, post, printedBy, read, roundOnEach, send, withNetwork } from "./world.js";

const skip = reasonToSkip(oldestNode);
/** Only a hang takes this long. */
const timeout = 600_000;

const sources = {
  state: "that the task's state names are asked while the service is gone",
  node: "are known to the node itself where it was started without a service",
};

for (const [peersFrom, says] of Object.entries(sources)) {
  test(`nodes ${says}`, { skip, timeout }, () =>
    withNetwork(
      "updating",
      async ({ nodes }) => {
        const record = owner().version("first");
        await send(nodes[0], "POST", record);
        for (let round = 0; round < 2; round += 1) await roundOnEach(nodes);
        for (const node of nodes) {
          assert.deepEqual(await read(node, `/linktree/get/${record.publicKey}`), record, printedBy(node));
        }
      },
      { peersFrom },
    ),
  );
}

test("a node never asks itself, by the service or by the task's state", { skip, timeout }, () =>
  withNetwork(
    "modern",
    async ({ nodes, state }) => {
      const [node, other] = nodes;
      const named = nodes.map(({ publicKey, url }) => [publicKey, url.replace("127.0.0.1", "localhost")]);
      state.ip_address_list = Object.fromEntries(named);
      const { peers } = await node.round();
      const namedWith = ({ url }) => peers.filter((peer) => peer.url.endsWith(new URL(url).port));
      assert.deepEqual(namedWith(node), [], printedBy(node));
      assert.ok(namedWith(other).length > 0, printedBy(node));
    },
    { count: 2 },
  ),
);

test("a task's own route wins over what was mounted before it, and its other paths are served", { skip, timeout }, () =>
  withNetwork(
    "update",
    async ({ nodes: [node] }) => {
      await node.round();
      await assert.rejects(read(node, "/linktree/list"), /No linktrees found/);
      assert.deepEqual(await read(node, "/linktree/all"), []);
    },
    { count: 1 },
  ),
);

test("a task without routes serves what is mounted, and writes by its submitter's key", { skip, timeout }, () =>
  withNetwork("modern", async ({ nodes }) => {
    for (const [at, node] of nodes.entries()) {
      for (const text of ["one edit", "two edits", "three edits"]) await post(node, "/value", { text: `${text} of ${at}` });
    }
    for (let round = 0; round < 2; round += 1) await roundOnEach(nodes);
    const wanted = nodes.map(({ publicKey }, at) => `${publicKey} three edits of ${at}`).sort();
    for (const node of nodes) {
      const items = await read(node, "/linktree/all");
      const records = await read(node, "/linktree/list");
      assert.deepEqual(
        items.map(({ value }) => value),
        records,
      );
      assert.deepEqual(records.map(({ publicKey, data }) => `${publicKey} ${data.text}`).sort(), wanted, printedBy(node));
      assert.ok(records.every((record) => verifyRecord(record).ok));
    }
    const signed = await post(nodes[0], "/signed", { uuid: "elsewhere" });
    assert.deepEqual([signed.publicKey, verifyRecord(signed).ok], [nodes[0].publicKey, true]);
  }),
);

for (const shape of ["modern", "level"]) {
  test(
    `a ${shape} task that is started again holds what it held, and learns what was written meanwhile`,
    { skip, timeout },
    () =>
      withNetwork(
        shape,
        async ({ nodes }) => {
          const [first, second] = nodes;
          const by = owner();
          const write = (text) =>
            shape === "modern" ? post(first, "/value", { text }) : send(first, "POST", by.version(text));
          await write("before");
          for (let round = 0; round < 2; round += 1) await roundOnEach(nodes);
          await second.end();
          await write("meanwhile");
          await first.round();
          await second.start();
          assert.match(await served(second), /before/);
          const { totals } = await second.round();
          assert.equal(totals.replaced, 1, "what it held is replaced");
          assert.match(await served(second), /meanwhile/);
          assert.doesNotMatch(await served(second), /before/);
        },
        { count: 2 },
      ),
  );
}

async function served(node) {
  return JSON.stringify(await read(node, "/linktree/all"));
}
