// Run by jest with its jsdom and its fake timers: no fetch, no setImmediate, a realm of its own.
const { createSharing, recordKey, signRecord, verifySignatures } = require("dbsharing");
const { memoryStore } = require("dbsharing/stores/memory");
const fetch = require("node-fetch2");

const { SERVICE_URL: serviceUrl, SIGNED } = process.env;

const sharingOf = (options) => createSharing({ taskId: "task", serviceUrl, db: memoryStore(), fetch, ...options });

for (const timers of ["real", "modern", "legacy"]) {
  test(`a round with ${timers} timers`, async () => {
    if (timers !== "real") jest.useFakeTimers({ legacyFakeTimers: timers === "legacy" });
    const { totals, error, peers } = await sharingOf().share();
    jest.useRealTimers();
    expect({ error, peers: peers.map(({ code, message }) => ({ code, message })) }).toEqual({ error: undefined, peers: [{}] });
    expect(totals.inserted).toBe(3);
  });

  test(`put, get and records with ${timers} timers`, async () => {
    if (timers !== "real") jest.useFakeTimers({ legacyFakeTimers: timers === "legacy" });
    const sharing = sharingOf();
    const record = signRecord({ uuid: "mine", linktree: [], timestamp: 1 }, new Uint8Array(32).fill(7));
    expect((await sharing.put(record)).stored).toBe(true);
    expect(await sharing.get(recordKey(record.publicKey, "mine"))).toEqual(record);
    const records = [];
    for await (const one of sharing.records()) records.push(one);
    jest.useRealTimers();
    expect(records).toEqual([record]);
  });
}

test("bytes of this realm and of Node's are bytes", () => {
  const { message, publicKey, signature } = JSON.parse(SIGNED);
  const here = (numbers) => new Uint8Array(numbers);
  const there = (numbers) => Buffer.from(numbers);
  for (const bytes of [here, there]) {
    const item = { message: bytes(message), publicKey: bytes(publicKey), signature: bytes(signature) };
    expect(verifySignatures([item])).toEqual([true]);
    expect(signRecord({ uuid: "mine", linktree: [], timestamp: 1 }, bytes(new Array(32).fill(7))).publicKey).toBeTruthy();
  }
});
