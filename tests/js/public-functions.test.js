// The functions that need no node: verdicts, signing, keys, and the bytes that never change.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import bs58 from "bs58";
import nacl from "tweetnacl";
import { createSharing, recordKey, signRecord, verifyJson, verifyRecord, verifySignatures, version } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";
import { asItems, isVerifiable, record, records, signed, signer } from "./fixtures/records.js";

const { publicKey, seed } = signer(1);
const utf8 = (text) => new TextEncoder().encode(text);
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();

test("an accepted verdict names slot, version, owner, uuid, time and signed text", () => {
  const one = record('a 1/é\ud800"', { timestamp: 1_700_000_000_001 });
  const verdict = verifyRecord(one);
  const signedText = JSON.stringify(one.data);
  const contentId = sha256("dbsharing/1 record\n", bs58.decode(publicKey), signedText).toString("hex");
  assert.deepEqual(verdict, {
    ok: true,
    key: `${publicKey}/a%201%2F%C3%A9%5Cud800%5C%22`,
    version: `${(1_700_000_000_001).toString(16).padStart(14, "0")}-${contentId}`,
    publicKey,
    uuid: one.data.uuid,
    timestampMs: 1_700_000_000_001,
    signedText,
    text: JSON.stringify(one),
  });
  assert.equal(verifyRecord(one, { identity: "owner" }).key, publicKey);
});

const withKey = (publicKey) => ({ ...record("x"), publicKey });
const withSignature = (signature) => ({ ...record("x"), signature });

const refused = {
  BAD_SHAPE: [
    null,
    7,
    "text",
    [],
    {},
    undefined,
    () => {},
    1n,
    { data: [] },
    { data: {}, publicKey },
    { value: 7 },
    { toJSON: () => undefined },
    Object.assign(record("x"), { signature: 7 }),
  ],
  BAD_ID: [record(""), record("x".repeat(257)), record("\ud800".repeat(43)), record(7), signed({ timestamp: 1 })],
  BAD_TIMESTAMP: [-1, 1.5, 2 ** 53, "1", null, Infinity].map((timestamp) => record("x", { timestamp })),
  BAD_KEY: ["", "1", `${publicKey}1`, publicKey.replace(/./, "0"), "é".repeat(40), "1".repeat(32)].map(withKey),
  UNSUPPORTED_KEY: [withKey("0x52908400098527886E0F7030069857D2E4169EE7")],
  BAD_SIGNATURE: ["", "1".repeat(64), "é".repeat(80), record("y").signature, `${record("x").signature}1`].map(withSignature),
  TOO_LARGE: [record("x", { text: "x".repeat(65_536) }), { ...record("x"), more: "x".repeat(1_048_576) }],
  TOO_DEEP: [record("x", { deep: JSON.parse(`${"[".repeat(128)}${"]".repeat(128)}`) })],
  FROM_THE_FUTURE: [record("x", { timestamp: Date.now() + 24 * 3_600_000 })],
};

for (const [code, cases] of Object.entries(refused)) {
  test(`${code} is a verdict and never thrown`, () => {
    for (const one of cases) {
      const verdict = verifyRecord(one);
      assert.equal(verdict.ok, false);
      assert.equal(verdict.code, code, `${JSON.stringify(verdict)}`.slice(0, 200));
      assert.equal(typeof verdict.message, "string");
      const hasText = one?.data && !Array.isArray(one.data) && !["TOO_LARGE", "TOO_DEEP"].includes(code);
      assert.equal(verdict.signedText, hasText ? JSON.stringify(one.data) : undefined);
    }
  });
}

test("values at the limits are accepted", () => {
  const empty = JSON.stringify(record("x", { text: "" }).data).length;
  const textOf = (bytes) => record("x", { text: "x".repeat(bytes - empty) });
  assert.equal(verifyRecord(textOf(65_536)).ok, true);
  assert.equal(verifyRecord(textOf(65_537)).code, "TOO_LARGE");
  assert.equal(verifyRecord(record("x".repeat(256))).ok, true);
  assert.equal(verifyRecord(record("x", { deep: JSON.parse(`${"[".repeat(127)}${"]".repeat(127)}`) })).ok, true);
  assert.equal(verifyRecord(record("x", { timestamp: 0 })).ok, true);
  assert.equal(verifyRecord(record("x", { timestamp: 2 ** 53 - 1 }), { now: 2 ** 53 - 1 }).ok, true);
  const item = record("x");
  const filler = (bytes) => ({ ...item, more: "x".repeat(bytes - JSON.stringify({ ...item, more: "" }).length) });
  assert.equal(verifyRecord(filler(1_048_576)).ok, true);
  assert.equal(verifyRecord(filler(1_048_577)).code, "TOO_LARGE");
});

test("a record's time is compared with now", () => {
  const one = record("x", { timestamp: 10_000_000 });
  assert.equal(verifyRecord(one, { now: 10_000_000 - 600_000 }).ok, true);
  assert.equal(verifyRecord(one, { now: 10_000_000 - 600_001 }).code, "FROM_THE_FUTURE");
});

test("verifyJson returns one verdict for each item, in order, for both shapes and for text and bytes", () => {
  const list = [...records(2), null, ...asItems(records(2)), { key: "x", value: { data: {} } }];
  const expected = [true, true, false, true, true, false];
  for (const body of [JSON.stringify(list), utf8(JSON.stringify(list, null, 2)), Buffer.from(JSON.stringify(list))]) {
    assert.deepEqual(
      verifyJson(body).map(({ ok }) => ok),
      expected,
    );
  }
  assert.deepEqual(verifyJson(" [ ] "), []);
  const many = verifyJson(JSON.stringify(records(1_200)));
  assert.equal(many.filter(({ ok }) => ok).length, 1_200);
});

test("a body that is not a JSON array throws BAD_BODY", () => {
  const bodies = [
    "",
    "null",
    "{}",
    '"[]"',
    "7",
    "[1,]",
    "[1",
    "[]x",
    "[][]",
    "<html>",
    "['a']",
    "\ufeff[]",
    "[\u00a01]",
    "[\ud800]",
    '["\\\ud800"]',
  ];
  for (const body of bodies) {
    assert.throws(() => verifyJson(body), { name: "DbSharingError", code: "BAD_BODY" }, body);
  }
  for (const body of [undefined, null, 7, [], {}, new ArrayBuffer(2), new Uint16Array(2)]) {
    assert.throws(() => verifyJson(body), { code: "BAD_BODY", message: /wanted a string or a Uint8Array/ });
  }
});

test("a byte order mark is dropped from bytes as fetch does, and is an error in a string as for JSON.parse", () => {
  assert.deepEqual(verifyJson(utf8("\ufeff[]")), []);
  assert.throws(() => verifyJson(utf8("\ufeff\ufeff[]")), { code: "BAD_BODY" });
});

test("broken UTF-8 in bytes is read as U+FFFD, as fetch does", () => {
  const [before, after] = JSON.stringify([record("a\ufffdb")]).split("\ufffd");
  const body = Buffer.concat([Buffer.from(before), Buffer.of(0xff), Buffer.from(after)]);
  assert.equal(verifyJson(body)[0].ok, true);
});

test("lone surrogates in a string are read as JSON.parse reads them", () => {
  const one = record("lone \ud800 and \udc00", { "key \udfff": "pair \ud83d\ude00 broken \ude00\ud83d" });
  const escaped = JSON.stringify([one]);
  const raw = escaped.replace(/\\u(d[89a-f]..)/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  for (const text of [escaped, raw]) {
    const [verdict] = verifyJson(text);
    assert.deepEqual([verdict.ok, verdict.uuid, verdict.signedText], [true, one.data.uuid, JSON.stringify(one.data)]);
  }
});

test("verifySignatures agrees with tweetnacl, and a wrong length is false", () => {
  const pair = nacl.sign.keyPair.fromSeed(seed);
  const item = (text) => {
    const message = utf8(text);
    return { publicKey: pair.publicKey, signature: nacl.sign.detached(message, pair.secretKey), message };
  };
  const good = [item(""), item("a"), item("b".repeat(100_000))];
  const bad = [
    { ...good[1], message: utf8("b") },
    { ...good[1], message: "a" },
    { ...good[1], publicKey },
    { ...good[1], publicKey: pair.publicKey.subarray(1) },
    { ...good[1], publicKey: new Uint8Array(32) },
    { ...good[1], signature: new Uint8Array(63) },
    { ...good[1], signature: new Uint8Array(65) },
    {},
    null,
    undefined,
    7,
  ];
  const expected = [...good.map(() => true), ...bad.map(() => false), ...good.map(() => true)];
  assert.deepEqual(verifySignatures([...good, ...bad, ...good]), expected);
  assert.deepEqual(verifySignatures([]), []);
  assert.deepEqual(
    verifySignatures(new Set(good)),
    good.map(() => true),
  );
  for (const wrong of [undefined, null, 5, "text", {}, good[0], { items: good }, () => good]) {
    assert.throws(() => verifySignatures(wrong), {
      name: "TypeError",
      code: "OPTION_INVALID",
      message: /^verifySignatures\(items\) got .*; wanted an array/,
    });
  }
});

test("signRecord makes signatures that tweetnacl verifies, from a seed or a secret key", () => {
  const nested = { undefined: undefined, date: new Date(0), ["__proto__"]: { x: 1 } };
  const data = { b: 1, uuid: "x", timestamp: 1.0, 2: "two", nested };
  for (const secretKey of [seed, Buffer.from(seed), nacl.sign.keyPair.fromSeed(seed).secretKey]) {
    const one = signRecord(data, secretKey);
    assert.deepEqual(one, signed(JSON.parse(JSON.stringify(data))));
    assert.equal(JSON.stringify(one.data), JSON.stringify(data));
    assert.ok(isVerifiable(one) && verifyRecord(one).ok);
  }
});

test("signRecord throws the code of the rule that data breaks", () => {
  const data = record("x").data;
  const wrongHalf = nacl.sign.keyPair.fromSeed(seed).secretKey.fill(7, 32);
  const cases = [
    ...[undefined, null, [], "text", () => {}, { x: 1n }].map((one) => ["BAD_SHAPE", one]),
    ["BAD_ID", {}],
    ["BAD_ID", { ...data, uuid: "" }],
    ["BAD_TIMESTAMP", { ...data, timestamp: NaN }],
    ["TOO_LARGE", { ...data, x: "x".repeat(70_000) }],
    ["TOO_DEEP", { ...data, x: JSON.parse(`${"[".repeat(200)}${"]".repeat(200)}`) }],
    ...[null, "text", [], ...[0, 31, 33, 65].map((length) => new Uint8Array(length)), wrongHalf].map((key) => [
      "BAD_KEY",
      data,
      key,
    ]),
  ];
  for (const [code, one, key = seed] of cases) {
    assert.throws(() => signRecord(one, key), { name: "DbSharingError", code }, `${code} ${String(one)} ${key}`);
  }
});

test("recordKey is the key of the verdict", () => {
  for (const uuid of ["a", "a b/ü😀", "\ud800", '"\\', "-_.!~*'()", "%", "\u0000\u007f"]) {
    assert.equal(recordKey(publicKey, uuid), verifyRecord(record(uuid)).key);
    assert.equal(recordKey(publicKey, uuid), `${publicKey}/${encodeURIComponent(JSON.stringify(uuid).slice(1, -1))}`);
  }
  assert.equal(recordKey(publicKey), publicKey);
  assert.throws(() => recordKey("no key"), { code: "BAD_KEY" });
  assert.throws(() => recordKey(undefined), { code: "BAD_KEY" });
  assert.throws(() => recordKey("0x52908400098527886E0F7030069857D2E4169EE7"), { code: "UNSUPPORTED_KEY" });
  for (const uuid of ["", 7, null]) assert.throws(() => recordKey(publicKey, uuid), { code: "BAD_ID" });
});

test("the digest of a set is SHA-256 over 4 096 buckets of (key hash, content id)", async () => {
  const held = [...records(300), ...records(5, { by: signer(2) })];
  const sharing = createSharing({ taskId: "task", db: memoryStore() });
  for (const one of held) assert.equal((await sharing.put(one)).stored, true);
  const buckets = Array.from({ length: 4_096 }, () => []);
  for (const one of held) {
    const keyHash = sha256(recordKey(one.publicKey, one.data.uuid));
    const contentId = sha256("dbsharing/1 record\n", bs58.decode(one.publicKey), JSON.stringify(one.data));
    buckets[keyHash.readUInt16BE(0) >> 4].push(Buffer.concat([keyHash, contentId]));
  }
  const digest = sha256(...buckets.map((members) => sha256(...members.sort(Buffer.compare))));
  assert.equal(sharing.status().digest, digest.toString("hex"));
});

test("the frozen vectors still match", async () => {
  const frozen = JSON.parse(readFileSync(new URL("../vectors/frozen.json", import.meta.url), "utf8"));
  const sharing = createSharing({ taskId: "task", db: memoryStore(), now: () => 2 ** 53 - 1 });
  assert.deepEqual([sharing.status().records, sharing.status().digest], [undefined, undefined], "not known yet");
  await sharing.ready();
  assert.deepEqual([sharing.status().records, sharing.status().digest], [0, frozen.emptyDigest]);
  for (const { record: one, signedText, version: itsVersion, key, ownerKey } of frozen.records) {
    const verdict = verifyRecord(one, { now: 2 ** 53 - 1 });
    assert.deepEqual([verdict.signedText, verdict.version, verdict.key], [signedText, itsVersion, key]);
    assert.equal(verifyRecord(one, { now: 2 ** 53 - 1, identity: "owner" }).key, ownerKey);
    assert.equal((await sharing.put(one)).stored, true);
  }
  assert.equal(sharing.status().digest, frozen.digest);
});

test("the version is that of package.json and Cargo.toml", () => {
  const read = (name) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
  assert.equal(version, JSON.parse(read("package.json")).version);
  assert.equal(version, /^version = "(.+)"$/m.exec(read("Cargo.toml"))[1]);
});
