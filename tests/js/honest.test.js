// Every honest signature passes, whichever library made it, and none passes for other data.
import assert from "node:assert/strict";
import { createHash, createPrivateKey, sign } from "node:crypto";
import { test } from "node:test";
import * as noble from "@noble/ed25519";
import bs58 from "bs58";
import nacl from "tweetnacl";
import { signRecord, verifyJson } from "../../js/index.js";
import { seeded } from "./fixtures/records.js";
import { richData } from "./fixtures/rich-data.js";

const SEED = 20_261_121;
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const utf8 = (text) => new TextEncoder().encode(text);
noble.hashes.sha512 = (message) => new Uint8Array(createHash("sha512").update(message).digest());

/** How each library signs: from an owner and data to the signature's bytes. The slower it is, the fewer it signs. */
const signers = {
  tweetnacl: [600, ({ pair }, data) => nacl.sign.detached(utf8(JSON.stringify(data)), pair.secretKey)],
  noble: [1_400, ({ seed }, data) => noble.sign(utf8(JSON.stringify(data)), seed)],
  "node:crypto": [4_000, ({ seed }, data) => sign(null, utf8(JSON.stringify(data)), privateKey(seed))],
  "ed25519-dalek": [4_000, ({ seed }, data) => bs58.decode(signRecord(data, seed).signature)],
};

function privateKey(seed) {
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
}

/** The body with such a record, built member by member, so that it can be changed in ways in which no object could be. */
const bodyOf = (list) =>
  `[${list
    .map(
      ({ data, publicKey, signature }) =>
        `{"data":${data},"publicKey":"${bs58.encode(publicKey)}","signature":"${bs58.encode(signature)}"}`,
    )
    .join(",")}]`;

const below = seeded(SEED);
const nextData = richData(below);
const owners = Array.from({ length: 60 }, () => {
  const seed = Uint8Array.from({ length: 32 }, () => below(256));
  return { seed, pair: nacl.sign.keyPair.fromSeed(seed) };
});

const signed = Object.entries(signers).flatMap(([by, [count, signWith]]) =>
  Array.from({ length: count }, () => {
    const [data, owner] = [nextData(), owners[below(owners.length)]];
    return { by, data: JSON.stringify(data), publicKey: owner.pair.publicKey, signature: signWith(owner, data) };
  }),
);
for (let last = signed.length - 1; last > 0; last -= 1) {
  const at = below(last + 1);
  [signed[last], signed[at]] = [signed[at], signed[last]];
}

test("10 000 honest records of four signers pass in one body", () => {
  const verdicts = verifyJson(bodyOf(signed));
  assert.equal(verdicts.length, 10_000);
  verdicts.forEach(({ ok, code, signedText }, at) => {
    assert.ok(ok, `${code} for record ${at} of ${signed[at].by}, seed ${SEED}: ${signed[at].data}`);
    assert.equal(signedText, signed[at].data);
  });
});

/** The bytes with one bit flipped. */
function flipped(bytes) {
  const changed = Uint8Array.from(bytes);
  changed[below(changed.length)] ^= 1 << below(8);
  return changed;
}

/** The data with another timestamp, which could still be signed. */
const laterData = (data) => data.replace(/"timestamp":(\d+)/, (_, ms) => `"timestamp":${Number(ms) + 1}`);

test("no record passes with one bit of public key or signature flipped, or with other data", () => {
  const sample = signed.slice(0, 700);
  const changes = {
    publicKey: (one) => ({ ...one, publicKey: flipped(one.publicKey) }),
    signature: (one) => ({ ...one, signature: flipped(one.signature) }),
    data: (one) => ({ ...one, data: laterData(one.data) }),
    owner: (one) => ({ ...one, publicKey: owners.find(({ pair }) => pair.publicKey !== one.publicKey).pair.publicKey }),
  };
  for (const [what, change] of Object.entries(changes)) {
    const codes = new Set(verifyJson(bodyOf(sample.map(change))).map(({ ok, code }) => (ok ? "OK" : code)));
    assert.deepEqual([...codes].sort(), what === "publicKey" ? ["BAD_KEY", "BAD_SIGNATURE"] : ["BAD_SIGNATURE"], what);
  }
});

test("changed records among honest ones change no other verdict", () => {
  const isChanged = (at) => at % 97 === 5;
  const change = (one, at) => (isChanged(at) ? { ...one, signature: flipped(one.signature) } : one);
  const verdicts = verifyJson(bodyOf(signed.slice(0, 2_000).map(change)));
  verdicts.forEach(({ ok }, at) => assert.equal(ok, !isChanged(at), `record ${at}, seed ${SEED}`));
});
