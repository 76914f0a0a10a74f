// @vitest-environment jsdom
// Run by vitest with its jsdom and its fake timers, which stand in for more of the globals than jest's.
import { expect, test, vi } from "vitest";
import { createSharing, recordKey, signRecord, verifySignatures } from "dbsharing";
import { memoryStore } from "dbsharing/stores/memory";

const { SERVICE_URL: serviceUrl, SIGNED } = process.env;
const everything = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate", "Date", "performance", "queueMicrotask"];

test.each([[[]], [["setTimeout"]], [everything]])("rounds and puts while %j are fake", async (toFake) => {
  if (toFake.length > 0) vi.useFakeTimers({ toFake });
  const sharing = createSharing({ taskId: "task", serviceUrl, db: memoryStore() });
  const record = signRecord({ uuid: "mine", linktree: [], timestamp: 1 }, new Uint8Array(32).fill(7));
  const { totals, error, peers } = await sharing.share();
  const put = await sharing.put(record);
  const got = await sharing.get(recordKey(record.publicKey, "mine"));
  vi.useRealTimers();
  expect({ error, peers: peers.map(({ code, message }) => ({ code, message })) }).toEqual({ error: undefined, peers: [{}] });
  expect([totals.inserted, put.stored, got]).toEqual([3, true, record]);
});

test("bytes of this realm and of Node's are bytes", () => {
  const { message, publicKey, signature } = JSON.parse(SIGNED);
  for (const bytes of [(numbers) => new Uint8Array(numbers), (numbers) => Buffer.from(numbers)]) {
    const item = { message: bytes(message), publicKey: bytes(publicKey), signature: bytes(signature) };
    expect(verifySignatures([item])).toEqual([true]);
  }
});
