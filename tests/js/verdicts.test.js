// Rules 5 to 7 through the public functions: crafted and published signatures, and odd texts of keys and signatures.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { verifyJson, verifyRecord, verifySignatures } from "../../js/index.js";
import { record, seeded } from "./fixtures/records.js";

const vectors = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8"));
const bytes = (hex) => new Uint8Array(Buffer.from(hex, "hex"));
const crafted = [...vectors("verdicts"), ...vectors("speccheck"), ...vectors("rfc8032")].map(
  ({ publicKey, signature, message, ok = true }) => ({
    publicKey: bytes(publicKey),
    signature: bytes(signature),
    message: bytes(message),
    ok,
  }),
);

/** The list in another order, the same for each seed. */
function shuffled(list, seed) {
  const below = seeded(seed);
  const order = [...list];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const at = below(last + 1);
    [order[last], order[at]] = [order[at], order[last]];
  }
  return order;
}

function assertVerdicts(items) {
  assert.deepEqual(
    verifySignatures(items),
    items.map(({ ok }) => ok),
  );
}

test("a single crafted signature gets the verdict of the rules", () => {
  assert.ok(crafted.filter(({ ok }) => ok).length > 100 && crafted.filter(({ ok }) => !ok).length > 100);
  for (const one of crafted) assertVerdicts([one]);
});

test("a crafted signature gets the same verdict in every order and in batches of every size", () => {
  for (const list of [crafted, [...crafted].reverse(), [...crafted, ...crafted, ...crafted]]) assertVerdicts(list);
  for (const size of [2, 3, 16, 64, 129]) {
    const order = shuffled(crafted, size);
    for (let at = 0; at < order.length; at += size) assertVerdicts(order.slice(at, at + size));
  }
});

test("a bad signature is found at every place in a batch", () => {
  const good = crafted.filter(({ ok }) => ok).slice(0, 64);
  const bad = { ...good[7], message: bytes("00"), ok: false };
  for (let at = 0; at <= good.length; at += 1) assertVerdicts([...good.slice(0, at), bad, ...good.slice(at)]);
});

const oddities = vectors("base58");
const oddRecords = oddities.cases.map(({ about, code, ...member }) => ({
  about,
  code,
  one: { ...oddities.record, ...member },
}));

test("an unusual public key or signature text gets its code, and never throws", () => {
  for (const { about, code, one } of oddRecords) {
    const verdict = verifyRecord(one);
    assert.equal(verdict.code ?? "OK", code, about);
    assert.equal(verdict.signedText, JSON.stringify(one.data), about);
  }
});

test("unusual texts among valid records affect no other record", () => {
  const list = oddRecords.flatMap((odd, number) => [odd, { code: "OK", one: record(`good ${number}`) }]);
  const text = JSON.stringify(list.map(({ one }) => one));
  for (const body of [text, Buffer.from(text)]) {
    assert.deepEqual(
      verifyJson(body).map(({ code }) => code ?? "OK"),
      list.map(({ code }) => code),
    );
  }
});

test("only a string is a public key or a signature", () => {
  const { data, publicKey, signature } = oddities.record;
  const others = [undefined, null, 7, true, {}, [], [publicKey], { publicKey }, new Uint8Array(32)];
  for (const other of others) {
    assert.equal(verifyRecord({ data, publicKey: other, signature }).code, "BAD_SHAPE");
    assert.equal(verifyRecord({ data, publicKey, signature: other }).code, "BAD_SHAPE");
  }
  // A date is written as a string, and a String object as its text.
  assert.equal(verifyRecord({ data, publicKey: new Date(0), signature }).code, "BAD_KEY");
  assert.equal(verifyRecord({ data, publicKey: new String(publicKey), signature: new String(signature) }).ok, true);
});

test("a text of 100 kB is rejected for its length, not for its contents", () => {
  for (const letter of ["1", "z", "0", "\ud800"]) {
    const long = letter.repeat(100_000);
    const byKey = verifyRecord({ ...oddities.record, publicKey: long });
    assert.deepEqual([byKey.code, byKey.message.includes("has the wrong length")], ["BAD_KEY", true]);
    const bySignature = verifyRecord({ ...oddities.record, signature: long });
    assert.deepEqual([bySignature.code, bySignature.message.includes("has the wrong length")], ["BAD_SIGNATURE", true]);
  }
  assert.equal(verifyRecord({ ...oddities.record, publicKey: `0x${"0".repeat(100_000)}` }).code, "UNSUPPORTED_KEY");
});

test("a body that is not an array is described by what it looks like", () => {
  const looks = {
    "": /; .*; it is empty$/,
    " \n": /; it is empty$/,
    "{": /; it is an object: put a single record in an array, \[RECORD\]$/,
    [JSON.stringify(record("x"))]: /; it is an object/,
    "<html>": /; it looks like a page/,
    7: /; wanted a JSON array at byte 0$/,
  };
  for (const [body, message] of Object.entries(looks)) {
    for (const given of [body, new TextEncoder().encode(body)])
      assert.throws(() => verifyJson(given), { code: "BAD_BODY", message });
  }
});

test("the message about a publicKey or signature of a wrong length says that base58 is wanted", () => {
  const { message } = verifyRecord({ ...record("x"), publicKey: "-----BEGIN PUBLIC KEY-----" });
  assert.equal(message, "publicKey has the wrong length; wanted base58 of 32 bytes, which has 32 to 44 characters");
  assert.match(
    verifyRecord({ ...record("x"), signature: "x" }).message,
    /^signature has the wrong length; wanted base58 of 64 bytes, which has 64 to 88/,
  );
});
