// A rejected item is described by what it looks like; the code is that of the rule, and no input is quoted.
import assert from "node:assert/strict";
import { test } from "node:test";
import bs58 from "bs58";
import nacl from "tweetnacl";
import { createSharing, verifyJson, verifyRecord } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";
import { BASE_MS, record, signed, signer } from "./fixtures/records.js";

const { publicKey, publicBytes, seed } = signer(1);
const { secretKey } = nacl.sign.keyPair.fromSeed(seed);
const one = record("x");
const signatureBytes = bs58.decode(one.signature);
const spelled = (bytes, encoding) => Buffer.from(bytes).toString(encoding);
const message = bs58.encode(nacl.sign(new TextEncoder().encode(JSON.stringify(one.data)), secretKey));
const dated = (timestamp) => record("x", { timestamp });

const refused = {
  "a signature in base64": [
    "BAD_SIGNATURE",
    /^signature looks like base64; wanted base58 of 64 bytes$/,
    [...["base64", "base64url"].map((encoding) => ({ ...one, signature: spelled(signatureBytes, encoding) }))],
  ],
  "a signature in hex": [
    "BAD_SIGNATURE",
    /^signature looks like hex; wanted base58 of 64 bytes$/,
    [
      ...[0, 2].map((from) => ({ ...one, signature: `0x${spelled(signatureBytes, "hex")}`.slice(2 - from) })),
      { ...one, signature: spelled(signatureBytes, "hex").toUpperCase() },
    ],
  ],
  "a signed message as the signature": ["BAD_SIGNATURE", /signed message.*fromSignedMessage/, [{ ...one, signature: message }]],
  "a signed message as the item, or beside a public key": [
    "BAD_SHAPE",
    /signed message.*fromSignedMessage/,
    [message, { signature: message, publicKey }, { publicKey, signature: message, payload: 7 }],
  ],
  "a record as JSON text in a string": [
    "BAD_SHAPE",
    /JSON text in a string; wanted an object: parse it first/,
    [JSON.stringify(one)],
  ],
  "data as JSON text in a string": [
    "BAD_SHAPE",
    /data is a string; wanted an object: JSON text has to be parsed first$/,
    [{ ...one, data: JSON.stringify(one.data) }],
  ],
  "an array of records": ["BAD_SHAPE", /the item is an array; wanted one record/, [[], [one], [[one]]]],
  "another kind of item": [
    "BAD_SHAPE",
    /the (item is not an object; wanted one|record is .*; wanted an object) with data, publicKey and signature$/,
    [null, 7, true, "text", ""],
  ],
  "a record in a payload": ["BAD_SHAPE", /member payload but no data; wanted only the record/, [{ payload: one }]],
  "a record without its data": [
    "BAD_SHAPE",
    /everything else that is signed in its member data$/,
    [{ ...one.data, publicKey, signature: one.signature }],
  ],
  "an object that is not a record": ["BAD_SHAPE", /the item is not a record/, [{}, { hello: 1 }, { ...one.data }]],
  "bytes that JSON wrote as an object": [
    "BAD_SHAPE",
    /is not a string; wanted its bytes in base58/,
    [
      { ...one, signature: signatureBytes },
      { ...one, signature: [...signatureBytes] },
      { ...one, publicKey: publicBytes },
      { ...one, publicKey: Buffer.from(publicBytes) },
    ],
  ],
  "a missing signature": ["BAD_SHAPE", /^signature is missing; wanted base58 of 64 bytes$/, [{ ...one, signature: undefined }]],
  "a public key in hex": [
    "BAD_KEY",
    /^publicKey looks like hex; wanted base58 of 32 bytes$/,
    [{ ...one, publicKey: spelled(publicBytes, "hex") }],
  ],
  "a public key in base64": [
    "BAD_KEY",
    /^publicKey looks like base64; wanted base58 of 32 bytes$/,
    [...["base64", "base64url"].map((encoding) => ({ ...one, publicKey: spelled(publicBytes, encoding) }))],
  ],
  "a secret key as the public one": [
    "BAD_KEY",
    /as long as a secret key in base58/,
    [{ ...one, publicKey: bs58.encode(secretKey) }],
  ],
  "no timestamp": [
    "BAD_TIMESTAMP",
    /timestamp is missing.*Date\.now\(\)/,
    [signed({ uuid: "x" }), signed({ uuid: "x", timestamp: undefined })],
  ],
  "a timestamp of NaN": ["BAD_TIMESTAMP", /is null, as NaN and Infinity/, [dated(NaN), dated(null), dated(-Infinity)]],
  "a timestamp of digits in a string": ["BAD_TIMESTAMP", /string of digits/, [dated(String(BASE_MS)), dated("0")]],
  "a date in a string": ["BAD_TIMESTAMP", /date in a string.*Date\.parse/, [dated(new Date(BASE_MS)), dated("2024-01-31")]],
  "another kind of timestamp": ["BAD_TIMESTAMP", /is not a number/, [dated(true), dated({}), dated("soon"), dated("")]],
  "seconds with a fraction": ["BAD_TIMESTAMP", /seconds with a fraction/, [dated(1_700_000_000.5)]],
  "milliseconds with a fraction": ["BAD_TIMESTAMP", /not an integer.*Math\.round/, [dated(BASE_MS + 0.5), dated(-0.5)]],
  nanoseconds: ["BAD_TIMESTAMP", /looks like nanoseconds/, [dated(BASE_MS * 1e6)]],
  "a number out of bounds": [
    "BAD_TIMESTAMP",
    /is out of range; wanted an integer from 0 to 2\^53-1/,
    [dated(-1), dated(2 ** 53), dated(1e300)],
  ],
  microseconds: ["FROM_THE_FUTURE", /looks like microseconds/, [dated(BASE_MS * 1e3)]],
};

for (const [what, [code, sentence, items]] of Object.entries(refused)) {
  test(`${what} is named`, async () => {
    const sharing = createSharing({ taskId: "task", db: memoryStore() });
    for (const item of items) {
      for (const verdict of [verifyRecord(item), verifyJson(JSON.stringify([item]))[0], await sharing.put(item)]) {
        assert.deepEqual([verdict.ok, verdict.code], [false, code], JSON.stringify(item));
        assert.match(verdict.message, sentence);
      }
    }
  });
}

test("nothing of a key, a signature or a text is quoted", () => {
  const secrets = [
    bs58.encode(secretKey),
    spelled(secretKey, "hex"),
    spelled(secretKey, "base64"),
    spelled(seed, "hex"),
    message,
  ];
  for (const secret of secrets) {
    for (const item of [
      secret,
      { ...one, publicKey: secret },
      { ...one, signature: secret },
      dated(secret),
      { signature: secret },
    ]) {
      const verdict = verifyRecord(item);
      assert.equal(verdict.ok, false);
      assert.ok(!verdict.message.includes(secret.slice(0, 8)), verdict.message);
    }
  }
});

test("how far ahead a record is and how long it has to wait are given as spans of time", () => {
  const aheadBy = (ms) => verifyRecord(dated(BASE_MS + ms), { now: BASE_MS }).message;
  assert.equal(
    aheadBy(3 * 3_600_000),
    "data.timestamp is 3 h ahead of this node's clock; wanted at most 10 min: it can be accepted in 2 h 50 min",
  );
  assert.match(aheadBy(660_000), /is 11 min ahead.*in 1 min$/);
  assert.match(aheadBy(400 * 86_400_000), /is 400 days ahead.*in 399 days$/);
});

test("a timestamp in seconds is accepted, and a hint says what it looks like", () => {
  for (const seconds of [500_000_000, BASE_MS / 1000, 20_000_000_000]) {
    const { ok, hint } = verifyRecord(dated(seconds));
    assert.deepEqual([ok, hint], [true, "data.timestamp looks like seconds; wanted milliseconds: as such it is a day in 1970"]);
  }
  for (const ms of [0, 499_999_999, 20_000_000_001, BASE_MS]) assert.equal("hint" in verifyRecord(dated(ms)), false);
});

test("an accepted verdict has the record as text", () => {
  const extra = { ...one, username: "é", more: [1.5] };
  assert.deepEqual(JSON.parse(verifyRecord(extra).text), extra);
  assert.equal(verifyRecord({ ...one, more: "x".repeat(2_000) }).text, JSON.stringify(one), "it is the text that is stored");
});
