// Keys, signers and signed messages, compared with node:crypto and tweetnacl.
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, webcrypto } from "node:crypto";
import { test } from "node:test";
import vm from "node:vm";
import bs58 from "bs58";
import nacl from "tweetnacl";
import { decodeBase58, encodeBase58 } from "../../js/core/base58.js";
import { fromSignedMessage, generateKey, publicKeyOf, recordKey, signRecord, verifyRecord } from "../../js/index.js";
import { encodeLong } from "./fixtures/base58.js";
import { isVerifiable, record, seeded, signed, signer } from "./fixtures/records.js";

const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const utf8 = (text) => new TextEncoder().encode(text);
const naclPair = (number) => nacl.sign.keyPair.fromSeed(signer(number).seed);

/** A key of node:crypto as a signer; `changes` replaces its signature. */
function signerOf(number, changes = (signature) => signature) {
  const { seed, publicKey } = signer(number);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  return { publicKey, sign: (bytes) => changes(sign(null, bytes, key)) };
}

/** A signed message like the platform's. */
const messageOf = (text, { secretKey } = naclPair(1)) => bs58.encode(nacl.sign(utf8(text), secretKey));
const longMessageOf = (text) => encodeLong(nacl.sign(utf8(text), naclPair(1).secretKey));

test("a public key is that of node:crypto, from a seed and from a whole secret key", () => {
  for (let number = 1; number <= 50; number += 1) {
    const { seed, publicKey } = signer(number);
    assert.equal(publicKeyOf(seed), publicKey);
    assert.equal(publicKeyOf(Buffer.from(seed)), publicKey);
    assert.equal(publicKeyOf(naclPair(number).secretKey), publicKey);
  }
});

test("generateKey returns a pair that signs, a new one each time or the one of a seed", () => {
  const pairs = Array.from({ length: 20 }, () => generateKey());
  assert.equal(new Set(pairs.map(({ publicKey }) => publicKey)).size, 20);
  for (const { publicKey, secretKey } of pairs) {
    const pair = nacl.sign.keyPair.fromSeed(secretKey.slice(0, 32));
    assert.deepEqual([secretKey, publicKey], [pair.secretKey, bs58.encode(pair.publicKey)]);
    assert.ok(verifyRecord(signRecord(record("x").data, secretKey)).ok);
  }
  const { seed, publicKey } = signer(3);
  assert.deepEqual(generateKey({ seed }), { publicKey, secretKey: naclPair(3).secretKey });
  assert.equal(generateKey({ seed: randomBytes(32) }).secretKey.constructor, Uint8Array, "even if the seed is a Buffer");
});

test("generateKey reports what is wrong with its options", () => {
  const cases = [
    null,
    7,
    { sed: new Uint8Array(32) },
    ...[new Uint8Array(31), new Uint8Array(64), "seed", [], null].map((seed) => ({ seed })),
  ];
  for (const options of cases) assert.throws(() => generateKey(options), { code: "OPTION_INVALID" }, String(options));
  assert.throws(() => generateKey({ sed: new Uint8Array(32) }), { message: /did you mean seed/ });
});

test("without a global crypto that of Node is used, and elsewhere the message asks for a seed", () => {
  const crypto = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  const { getBuiltinModule } = process;
  const without = (replaced, check) => {
    Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
    process.getBuiltinModule = replaced;
    try {
      check();
    } finally {
      if (crypto) Object.defineProperty(globalThis, "crypto", crypto);
      else delete globalThis.crypto;
      process.getBuiltinModule = getBuiltinModule;
    }
  };
  without(
    () => ({ randomBytes }),
    () => assert.equal(publicKeyOf(generateKey().secretKey).length > 31, true),
  );
  without(
    () => undefined,
    () => {
      assert.throws(() => generateKey(), { code: "RUNTIME_UNSUPPORTED", message: /give generateKey a seed/ });
      assert.equal(generateKey({ seed: signer(1).seed }).publicKey, signer(1).publicKey);
    },
  );
});

test("a signer makes the same record as its secret key", async () => {
  const data = { b: 1, uuid: "é\ud800", timestamp: 1.0, 2: "two", nested: { undefined: undefined, date: new Date(0) } };
  const wanted = signed(JSON.parse(JSON.stringify(data)));
  const realm = vm.createContext({});
  const forms = {
    "a Buffer": (signature) => signature,
    "a promise": (signature) => Promise.resolve(new Uint8Array(signature)),
    "a thenable": (signature) => ({ then: (settle) => settle(signature) }),
    "an ArrayBuffer": (signature) => new Uint8Array(signature).buffer,
    "a Uint8Array of another realm": (signature) => vm.runInContext(`Uint8Array.of(${[...signature]})`, realm),
  };
  for (const [form, changes] of Object.entries(forms)) {
    assert.deepEqual(await signRecord(data, signerOf(1, changes)), wanted, form);
  }
  assert.ok(isVerifiable(wanted));
});

test("sign is called once, as a method of the signer, with the bytes of JSON.stringify(data)", async () => {
  class Wallet {
    calls = [];
    publicKey = signer(2).publicKey;
    async sign(bytes) {
      this.calls.push(new TextDecoder().decode(bytes));
      return nacl.sign.detached(bytes, naclPair(2).secretKey);
    }
  }
  const wallet = new Wallet();
  const { data } = record("x", { text: "Grüße" });
  assert.deepEqual(await signRecord(data, wallet), signed(data, signer(2)));
  assert.deepEqual(wallet.calls, [JSON.stringify(data)]);
});

test("a key of WebCrypto signs", async () => {
  const key = await webcrypto.subtle.importKey(
    "pkcs8",
    Buffer.concat([PKCS8_PREFIX, signer(1).seed]),
    { name: "Ed25519" },
    false,
    ["sign"],
  );
  const bySubtle = { publicKey: signer(1).publicKey, sign: (bytes) => webcrypto.subtle.sign({ name: "Ed25519" }, key, bytes) };
  assert.deepEqual(await signRecord(record("x").data, bySubtle), record("x"));
});

test("a signer's publicKey may be bytes, as on the platform", async () => {
  const { publicKey } = await webcrypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
  const random = await webcrypto.subtle.exportKey("raw", publicKey);
  for (const bytes of [new Uint8Array(random), new Uint8Array([0, 0, ...Array(30).fill(255)]), new Uint8Array(32)]) {
    assert.equal(encodeBase58(bytes), bs58.encode(bytes));
  }
  const { seed, publicKey: text } = signer(1);
  const bytes = createPublicKey(createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" }));
  const raw = Buffer.from(bytes.export({ format: "jwk" }).x, "base64url");
  for (const form of [text, raw, new Uint8Array(raw), new Uint8Array(raw).buffer]) {
    assert.deepEqual(await signRecord(record("x").data, { ...signerOf(1), publicKey: form }), record("x"));
  }
});

test("the error about a platform's key or key pair shows how to make a signer of it", async () => {
  const { data } = record("x");
  const pair = await webcrypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
  const keyObjects = generateKeyPairSync("ed25519");
  const cases = [
    [pair, /is a pair of CryptoKeys, which does not sign by itself; give \{ publicKey: .*subtle\.sign\(/],
    [pair.privateKey, /is a CryptoKey, .*subtle\.sign\(/],
    [keyObjects, /is a pair of KeyObjects, .*crypto\.sign\(/],
    [keyObjects.privateKey, /is a KeyObject, .*crypto\.sign\(/],
    [{ publicKey: signer(1).publicKey }, /is an object with a publicKey and without a function sign; wanted/],
  ];
  for (const [wrong, message] of cases) assert.throws(() => signRecord(data, wrong), { code: "BAD_KEY", message });
  await assert.rejects(signRecord(data, { publicKey: pair.publicKey, sign() {} }), /publicKey is CryptoKey.*exportKey/);
  await assert.rejects(signRecord(data, { publicKey: keyObjects.publicKey, sign() {} }), /publicKey is KeyObject.*jwk/);
  await assert.rejects(signRecord(data, { publicKey: new Uint8Array(33), sign() {} }), /publicKey is 33 bytes; wanted 32/);
});

test("a signer's result is verified, and the message says what is wrong with it", async () => {
  const { data } = record("x");
  const { publicKey } = signer(1);
  const giving = (given) => ({ publicKey, sign: () => given });
  const cases = [
    ["BAD_SIGNATURE", /does not verify/, { ...signerOf(2), publicKey }],
    ["BAD_SIGNATURE", /does not verify/, signerOf(1, (signature) => signature.fill(1, 63))],
    ["BAD_SIGNATURE", /is not canonical/, giving(new Uint8Array(64).fill(255))],
    ["BAD_SIGNATURE", /gave 63 bytes/, giving(new Uint8Array(63))],
    ["BAD_SIGNATURE", /gave 70 bytes.*detached/, giving(new Uint8Array(70))],
    [
      "BAD_SIGNATURE",
      /gave a string that looks like base58: decode it to bytes; wanted a Uint8Array, the 64 bytes/,
      giving(record("x").signature),
    ],
    ["BAD_SIGNATURE", /that looks like base58/, giving(bs58.encode(new Uint8Array(64)))],
    ...["base64", "base64url"].map((encoding) => [
      "BAD_SIGNATURE",
      /that looks like base64/,
      giving(Buffer.alloc(64, 251).toString(encoding)),
    ]),
    ["BAD_SIGNATURE", /that looks like hex/, giving(Buffer.alloc(64, 7).toString("hex"))],
    ["BAD_SIGNATURE", /gave a string; wanted/, giving("no")],
    ["BAD_SIGNATURE", /undefined/, giving(undefined)],
    ["BAD_SIGNATURE", /an array/, giving([...new Uint8Array(64)])],
    ["BAD_SIGNATURE", /member signature/, giving({ signature: new Uint8Array(64), publicKey })],
    ["BAD_KEY", /publicKey has the wrong length/, { ...signerOf(1), publicKey: "no key" }],
    [
      "BAD_KEY",
      /is an object; wanted 32 bytes or a base58 string: give its toBase58/,
      { ...signerOf(1), publicKey: { toBase58() {} } },
    ],
    ["BAD_KEY", /publicKey is undefined/, { sign() {} }],
    ["BAD_KEY", /sign is not a function/, { publicKey, sign: "x" }],
    ["UNSUPPORTED_KEY", /0x/, { ...signerOf(1), publicKey: "0x52908400098527886E0F7030069857D2E4169EE7" }],
  ];
  for (const [code, message, wrong] of cases) {
    await assert.rejects(signRecord(data, wrong), { name: "DbSharingError", code, message }, String(message));
  }
  await assert.rejects(signRecord({ ...data, uuid: "" }, signerOf(1)), { code: "BAD_ID" });
  await assert.rejects(signRecord(undefined, signerOf(1)), { code: "BAD_SHAPE" });
});

test("an error of a signer is SIGNER_FAILED, with the same words and as its cause", async () => {
  const refusal = new Error("User rejected the request");
  const { publicKey } = signer(1);
  const throwing = [
    {
      publicKey,
      sign() {
        throw refusal;
      },
    },
    { publicKey, sign: () => Promise.reject(refusal) },
    {
      get publicKey() {
        throw refusal;
      },
      sign() {},
    },
    {
      publicKey,
      get sign() {
        throw refusal;
      },
    },
  ];
  for (const wrong of throwing) {
    const wanted = { code: "SIGNER_FAILED", message: /did not sign: User rejected the request/, cause: refusal };
    await assert.rejects(signRecord(record("x").data, wrong), wanted);
  }
  await assert.rejects(signRecord(record("x").data, { publicKey, sign: () => Promise.reject() }), { code: "SIGNER_FAILED" });
  const odd = [
    [{ code: 4001 }, /did not sign: {"code":4001}$/],
    [{}, /did not sign: {}$/],
    ["no", /did not sign: no$/],
    [{ words: "x".repeat(5_000) }, /^.{100,400}$/],
  ];
  const circle = {};
  circle.circle = circle;
  for (const [thrown, message] of [...odd, [circle, /\[object Object\]/]]) {
    await assert.rejects(signRecord(record("x").data, { publicKey, sign: () => Promise.reject(thrown) }), {
      code: "SIGNER_FAILED",
      message,
      cause: thrown,
    });
  }
});

test("a signer may be slow, and others sign meanwhile", async () => {
  let settle;
  const slow = signRecord(record("slow").data, { ...signerOf(1), sign: () => new Promise((resolve) => (settle = resolve)) });
  assert.ok(verifyRecord(await signRecord(record("quick").data, signerOf(2))).ok);
  settle(await signerOf(1).sign(utf8(JSON.stringify(record("slow").data))));
  assert.deepEqual(await slow, record("slow"));
});

test("anything that is neither a secret key nor a signer is named by what it looks like, and never shown", () => {
  const { secretKey } = naclPair(1);
  const secrets = {
    "in hex": Buffer.from(secretKey).toString("hex"),
    "in base58": bs58.encode(secretKey),
    "JSON array": JSON.stringify([...secretKey]),
  };
  for (const [looks, secret] of Object.entries(secrets)) {
    for (const use of [() => signRecord(record("x").data, secret), () => publicKeyOf(secret)]) {
      assert.throws(
        use,
        (error) => error.code === "BAD_KEY" && error.message.includes(looks) && !error.message.includes(secret),
      );
    }
  }
  const others = { undefined: undefined, null: null, "Uint8Array.from": [1], "give its secretKey": naclPair(1), "a number": 7 };
  for (const [words, other] of Object.entries(others)) {
    const wanted = { code: "BAD_KEY", message: new RegExp(`${words}.*signer \\{ publicKey, sign\\(bytes\\) \\}`) };
    assert.throws(() => signRecord(record("x").data, other), wanted, words);
  }
});

test("a signed message of the platform becomes a record that verifies", () => {
  const texts = ["", "é😀 \ud800", "x".repeat(1_000)];
  for (const text of texts) {
    const one = record("message", { text, nested: { 2: [null, 1e21, -0] } });
    assert.deepEqual(fromSignedMessage(messageOf(JSON.stringify(one.data)), one.publicKey), JSON.parse(JSON.stringify(one)));
  }
  const other = signRecord({ uuid: "x", timestamp: 1 }, naclPair(2).secretKey);
  assert.deepEqual(fromSignedMessage(messageOf(JSON.stringify(other.data), naclPair(2)), other.publicKey), other);
});

test("a signed message whose data breaks a rule is read, and rejected when it is judged", () => {
  const { publicKey } = signer(1);
  const one = fromSignedMessage(messageOf('{"hello":"world"}'), publicKey);
  assert.deepEqual(one, signed({ hello: "world" }));
  assert.equal(verifyRecord(one).code, "BAD_ID");
});

test("the message about a bad signed message says what is wrong", () => {
  const { publicKey } = signer(1);
  const good = JSON.stringify(record("x").data);
  const flipped = nacl.sign(utf8(good), naclPair(1).secretKey);
  flipped[64 + good.indexOf("x")] ^= 1;
  const long = `{"x":"${"y".repeat(65_536)}"}`;
  const cases = [
    ["BAD_SHAPE", /undefined; wanted a base58 string/, undefined],
    ["BAD_SHAPE", /looks like JSON/, JSON.stringify(record("x"))],
    ["BAD_SHAPE", /looks like base64/, `${Buffer.from(flipped).toString("base64")}+/==`],
    ["BAD_SHAPE", /white space/, `${messageOf(good)}\n`],
    ["BAD_SHAPE", /too short; wanted at least the 64 bytes of a signature/, ""],
    ["BAD_SHAPE", /too short; wanted at least the 64 bytes of a signature/, "z".repeat(80)],
    ["BAD_SHAPE", /holds no JSON object/, bs58.encode(new Uint8Array(64))],
    ...["not json", "[]", "7", "null", '{"x":1}}', "\ufeff{}"].map((text) => ["BAD_SHAPE", /JSON object/, messageOf(text)]),
    ["BAD_SHAPE", /JSON object/, bs58.encode(nacl.sign(Uint8Array.of(0x7b, 0xff, 0x7d), naclPair(1).secretKey))],
    ["TOO_LARGE", /at most 65600 bytes/, longMessageOf(long)],
    ["TOO_LARGE", /characters long/, "1".repeat(100_000)],
    ["TOO_DEEP", /nested/, messageOf(`{"x":${"[".repeat(200)}${"]".repeat(200)}}`)],
    ["BAD_SIGNATURE", /does not verify/, messageOf(good, naclPair(2))],
    ["BAD_SIGNATURE", /does not verify/, bs58.encode(flipped)],
    ...[` ${good}`, '{"uuid": "x"}', '{"a":1.0}', '{"a":1,"a":2}', '{"b":1,"1":2}'].map((text) => [
      "BAD_SIGNATURE",
      /not as JSON.stringify writes it/,
      messageOf(text),
    ]),
  ];
  for (const [code, message, text] of cases) {
    assert.throws(() => fromSignedMessage(text, publicKey), { name: "DbSharingError", code, message }, String(message));
  }
  for (const key of [undefined, 7, "", "no key"])
    assert.throws(() => fromSignedMessage(messageOf(good), key), { code: "BAD_KEY" });
});

test("the longest allowed signed message is read, and one more byte is not", () => {
  const { publicKey } = signer(1);
  const messageWith = (bytes) => longMessageOf(`{"x":"${"y".repeat(bytes - '{"x":""}'.length)}"}`);
  assert.equal(fromSignedMessage(messageWith(65_536), publicKey).data.x.length, 65_528);
  assert.throws(() => fromSignedMessage(messageWith(65_537), publicKey), { code: "TOO_LARGE" });
});

test("base58 is decoded like bs58 does, at every length and with leading zeros", () => {
  const below = seeded(58);
  for (let length = 0; length < 300; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at < below(4) ? 0 : below(256)));
    assert.deepEqual(decodeBase58(bs58.encode(bytes)), bytes);
  }
  const long = randomBytes(5_000).fill(7, 0, 1);
  assert.deepEqual(decodeBase58(encodeLong(long)), new Uint8Array(long));
  assert.equal(encodeLong(long), bs58.encode(long));
  for (const text of ["0", "O", "I", "l", " ", "é", "1_", "z\n"]) assert.equal(decodeBase58(text), undefined);
});

test("recordKey refuses a uuid that rule 3 refuses", () => {
  const { publicKey } = signer(1);
  assert.equal(recordKey(publicKey, "x".repeat(256)), verifyRecord(record("x".repeat(256))).key);
  for (const uuid of ["x".repeat(257), "é".repeat(129), "\n".repeat(129), "\ud800".repeat(43)]) {
    assert.throws(() => recordKey(publicKey, uuid), { code: "BAD_ID" });
  }
});
