// Wasm is entered for each page, not for each record.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runtime } from "../../js/core/runtime.js";
import { createSharing } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";
import { record, records } from "./fixtures/records.js";

/** How often wasm was entered during `work`. */
async function entriesDuring(t, work) {
  const { mock } = t.mock.method(runtime, "enter");
  await work();
  const count = mock.callCount();
  mock.restore();
  return count;
}

const post = (body) => new Request("http://localhost/linktree", { method: "POST", body: JSON.stringify(body) });

test("serving a thousand records enters wasm for each page, not for each record", async (t) => {
  const sharing = createSharing({ taskId: "t", db: memoryStore() });
  for (const one of records(1_000)) await sharing.put(one);
  const read = async () => (await sharing.handle(new Request("http://localhost/linktree/all"))).text();
  const { length } = await read();
  const pages = Math.ceil(length / (64 * 1024)) + 2;
  const entries = await entriesDuring(t, read);
  assert.ok(entries <= 8 * pages, `${entries} entries for ${pages} pages`);
});

test("a POST enters wasm equally often, whatever it contains", async (t) => {
  const sharing = createSharing({ taskId: "t", db: memoryStore(), acceptWrites: true });
  await sharing.put(record("first"));
  const status = async (body) => (await sharing.handle(post(body))).status;
  const refused = await entriesDuring(t, async () => assert.equal(await status({}), 400));
  const stored = await entriesDuring(t, async () => assert.equal(await status(record("second")), 200));
  const long = record("third", { text: "x".repeat(60_000) });
  const alsoStored = await entriesDuring(t, async () => assert.equal(await status({ payload: long }), 200));
  assert.equal(refused, 3, "the routing, the request and its only poll");
  // An accepted one also waits for a turn, and for the store to write and to read back: each settles and polls. On a busy
  // machine it waits for another turn, and a long one for one more.
  assert.ok(stored <= 11 && alsoStored <= 13, `${stored} and ${alsoStored} entries`);
});
