// sign(data) and update(data) of a task: with its submitter's key pair, or by the node, whatever the wrapper does.
import { letPass } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import bs58 from "bs58";
import nacl from "tweetnacl";
import { verifyRecord } from "../../js/index.js";
import { linktreeModel, mainAccount, namespaceWrapper, startedByHand, startedByNode } from "./fixtures/koii-task.js";
import { isVerifiable, signer } from "./fixtures/records.js";
import { heldBy, inWorld, until } from "./fixtures/world.js";

const submitter = signer(1).publicKey;
const { secretKey } = nacl.sign.keyPair.fromSeed(signer(1).seed);
const task = (more, options) => startedByNode({}, { namespaceWrapper: namespaceWrapper(more), ...options });
const withoutAccount = { getSubmitterAccount: async () => null };
const NO_KEY = "sign and update have no key from the namespaceWrapper";
const data = { uuid: "home", linktree: [{ label: "é 🙂", 2: null, 1: 1.0 }] };

test(
  "a record is signed by the submitter, and dated now if it has no timestamp",
  inWorld(async () => {
    const sharing = task({}, { now: () => 1_800_000_000_000 });
    const record = await sharing.sign(data);
    assert.deepEqual([record.publicKey, record.data.timestamp], [submitter, 1_800_000_000_000]);
    assert.ok(isVerifiable(record));
    assert.equal((await sharing.sign({ ...data, timestamp: 7 })).data.timestamp, 7);
    assert.deepEqual(await heldBy(sharing), [], "nothing is stored");
  }),
);

test(
  "no two records of a slot have the same timestamp, and each is newer than the held one",
  inWorld(async () => {
    const sharing = task({}, { now: () => 1_000_000 });
    const first = sharing.sign(data);
    const [{ record: second }, third] = await Promise.all([sharing.update(data), sharing.sign(data)]);
    const dates = [await first, second, third].map((record) => record.data.timestamp);
    assert.deepEqual(dates, [1_000_000, 1_000_001, 1_000_002]);
    assert.equal((await sharing.put(third)).stored, true);
    assert.equal((await sharing.sign({ uuid: "elsewhere" })).data.timestamp, 1_000_000);
    assert.equal((await sharing.update(data, signer(2).seed)).record.data.timestamp, 1_000_000);
  }),
);

test(
  "with a LinktreeModel a public key has one slot, when dates are chosen too",
  inWorld(async () => {
    const sharing = startedByNode({}, { db: linktreeModel(), namespaceWrapper: namespaceWrapper(), now: () => 1_000_000 });
    assert.equal((await sharing.update({ uuid: "one" })).record.data.timestamp, 1_000_000);
    assert.equal((await sharing.sign({ uuid: "two" })).data.timestamp, 1_000_001);
  }),
);

test(
  "update stores what the submitter signs, in the order of the calls and with the data as it was",
  inWorld(async () => {
    const sharing = task();
    const changing = { uuid: "home", step: 1 };
    const updates = [sharing.update(changing)];
    changing.step = 2;
    updates.push(sharing.update(changing));
    changing.step = 3;
    for (const { stored, record } of await Promise.all(updates))
      assert.deepEqual([stored, record.publicKey], [true, submitter]);
    assert.deepEqual(
      (await heldBy(sharing)).map((record) => record.data.step),
      [2],
    );
  }),
);

test(
  "a given key signs instead",
  inWorld(async () => {
    const sharing = task({ getSubmitterAccount: () => assert.fail("it was asked") });
    const other = signer(2);
    assert.equal((await sharing.update(data, other.seed)).record.publicKey, other.publicKey);
    assert.equal((await sharing.update(data, null)).code, "BAD_KEY");
  }),
);

test(
  "accounts in the form of older wrappers are understood",
  inWorld(async () => {
    const accounts = [
      { secretKey },
      { secretKey: Buffer.from(secretKey) },
      { secretKey: [...secretKey] },
      { _keypair: { secretKey } },
      JSON.parse(JSON.stringify({ _keypair: { secretKey } })),
      JSON.parse(JSON.stringify({ secretKey: Buffer.from(secretKey) })),
    ];
    for (const account of accounts)
      assert.equal((await task({ getSubmitterAccount: () => account }).sign(data)).publicKey, submitter);
  }),
);

test(
  "without an account the node signs, with its main account",
  inWorld(async () => {
    for (const more of [withoutAccount, { getSubmitterAccount: undefined }]) {
      const sharing = task(more);
      const record = await sharing.sign(data);
      assert.equal(record.publicKey, mainAccount);
      assert.ok(verifyRecord(record).ok && isVerifiable(record));
      assert.equal((await sharing.update(data)).stored, true);
    }
  }),
);

test(
  "off-node the wrapper says whose key the node signs with",
  inWorld(async () => {
    const getMainAccountPubkey = async () => mainAccount;
    const wrapper = namespaceWrapper({ ...withoutAccount, getMainAccountPubkey });
    assert.equal((await startedByHand({ namespaceWrapper: wrapper }).sign(data)).publicKey, mainAccount);
    const given = "getMainAccountPubkey() gave undefined";
    for (const [more, why] of [
      [{}, "it has no getMainAccountPubkey()"],
      [{ getMainAccountPubkey() {} }, given],
    ]) {
      const unknowing = startedByHand({ namespaceWrapper: namespaceWrapper({ ...withoutAccount, ...more }) });
      const lacks = `it does not say with whose key payloadSigning() signs, as process.argv[6] is not a public key and ${why}`;
      const message = `${NO_KEY}: getSubmitterAccount() gave no account, and ${lacks}; give update a secret key or a signer`;
      await assert.rejects(unknowing.sign(data), { code: "SIGNER_FAILED", message });
    }
  }),
);

const signedText = (text) =>
  bs58.encode(nacl.sign(new TextEncoder().encode(text), nacl.sign.keyPair.fromSeed(signer(9).seed).secretKey));
const faults = {
  "the account throws": [
    {
      getSubmitterAccount() {
        throw new Error("boom");
      },
    },
    /^getSubmitterAccount of the namespaceWrapper failed: boom$/,
  ],
  "the account rejects": [
    { getSubmitterAccount: () => Promise.reject("boom") },
    /^getSubmitterAccount of the namespaceWrapper failed: boom$/,
  ],
  "the account has no key": [
    { getSubmitterAccount: () => ({}) },
    /^the secretKey of the submitter's account is undefined; wanted a Uint8Array of 64 bytes$/,
  ],
  "the account's key is a text": [{ getSubmitterAccount: () => ({ secretKey: "secret" }) }, /is a string; wanted/],
  "the account's key is short": [{ getSubmitterAccount: () => ({ secretKey: new Uint8Array(32) }) }, /is 32 bytes; wanted/],
  "there is neither": [
    { ...withoutAccount, payloadSigning: undefined },
    /^sign and update have no key from the namespaceWrapper: getSubmitterAccount\(\) gave no account, and it has no payloadSigning\(\); give update a secret key or a signer$/,
  ],
  "it has none of the methods": [
    { getSubmitterAccount: undefined, payloadSigning: undefined },
    /: it has no getSubmitterAccount\(\), and it has no payloadSigning\(\); give update/,
  ],
  "the node throws": [
    {
      ...withoutAccount,
      payloadSigning() {
        throw new Error("boom");
      },
    },
    /payloadSigning of the namespaceWrapper failed: boom/,
  ],
  "the node returns nothing": [
    { ...withoutAccount, payloadSigning: () => undefined },
    /the signed message is undefined; wanted a base58 string/,
  ],
  "the node signs other data": [
    { ...withoutAccount, payloadSigning: () => signedText("{}") },
    /signed a text that is not that of the data/,
  ],
};

for (const [what, [more, sentence]] of Object.entries(faults)) {
  test(
    `if ${what} it is SIGNER_FAILED, with the reason and without the secret`,
    inWorld(async () => {
      const sharing = task(more);
      await assert.rejects(sharing.sign(data), (error) => error.code === "SIGNER_FAILED" && sentence.test(error.message));
      const result = await sharing.update(data);
      assert.deepEqual([result.ok, result.stored, result.code], [false, false, "SIGNER_FAILED"]);
      assert.match(result.message, sentence);
      assert.doesNotMatch(result.message, /secret"/);
    }),
  );
}

test(
  "the wait for an account ends after ten seconds, and the next call asks again",
  inWorld(async () => {
    let asked = 0;
    let answer = () => new Promise(() => {});
    const sharing = task({
      getSubmitterAccount: () => {
        asked += 1;
        return answer();
      },
    });
    const signing = assert.rejects(sharing.sign(data), { code: "SIGNER_FAILED", message: /did not answer within 10 s/ });
    await until(() => asked === 1);
    letPass(10_000);
    await signing;
    answer = async () => ({ secretKey });
    assert.equal((await sharing.sign(data)).publicKey, submitter);
    await sharing.sign(data);
    assert.equal(asked, 2, "the account is remembered");
  }),
);

test(
  "without a namespaceWrapper there is no key, and the message says what to give",
  inWorld(async () => {
    const sharing = startedByNode({}, { db: linktreeModel() });
    const { code, message } = await sharing.update(data);
    assert.equal(code, "SIGNER_FAILED");
    assert.match(
      message,
      /^sign and update have no key: give option namespaceWrapper, or give update a secret key or a signer$/,
    );
  }),
);

test(
  "data that cannot be signed is refused as by update and signRecord",
  inWorld(async () => {
    const sharing = task();
    for (const [wrong, code] of [
      [undefined, "BAD_SHAPE"],
      [[], "BAD_SHAPE"],
      [{}, "BAD_ID"],
      [{ uuid: "" }, "BAD_ID"],
      ["{}", "BAD_SHAPE"],
    ]) {
      await assert.rejects(sharing.sign(wrong), { code });
      assert.equal((await sharing.update(wrong)).code, code);
    }
    await assert.rejects(sharing.sign({ uuid: "home", timestamp: "now" }), { code: "BAD_TIMESTAMP" });
  }),
);
