// Symbols in JavaScript: the frozen vectors, and a client beside a server of the same kind.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { P, fmix, inverseMod, multiplyMod } from "../symbols-js/arithmetic.js";
import { acceptFor, countIn, encodeBody, idsFromText, idsToText, parseBody } from "../symbols-js/body.js";
import { decode, kindOf, wantedIds } from "../symbols-js/decoding.js";
import { estimateOf } from "../symbols-js/discovery.js";
import { entryOf, idOf, sha256, valueOf } from "../symbols-js/element.js";
import { RecordSet } from "../symbols-js/record-set.js";
import { JUMPS, cellsOf } from "../symbols-js/walk.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/symbols.json", import.meta.url), "utf8"));
const entries = (list) => list.map((one) => ({ ...one, contentId: Buffer.from(one.contentId, "hex") }));

/** A set of vector entries. */
function setOf(list) {
  const set = new RecordSet();
  for (const entry of entries(list)) set.putEntry(entry);
  return set;
}

test("jumps, mixed words, walks and inverses match the frozen vectors", () => {
  const table = Buffer.concat(JUMPS.map((jump) => Buffer.from(Uint32Array.of(jump).buffer)));
  assert.equal(sha256(table).toString("hex"), vectors.jumps.sha256OfU32le);
  assert.deepEqual([JUMPS.slice(0, 4), JUMPS.slice(-2)], [vectors.jumps.first, vectors.jumps.last]);
  for (const [word, mixed] of vectors.fmix) assert.equal(fmix(word), mixed);
  for (const [value, inverse] of vectors.inverse) {
    assert.equal(inverseMod(value), inverse);
    assert.equal(multiplyMod(value, inverse), 1);
  }
  for (const { k, view0, view1 } of vectors.walks) {
    for (const [view, cells] of [view0, view1].entries()) {
      assert.deepEqual(cellsOf(k, view, cells.at(-1) + 1), cells, `id ${k} in view ${view}`);
      assert.deepEqual(cellsOf(k, view, 1_024), cells, `id ${k} in view ${view}`);
    }
  }
});

test("ids and values match the frozen vectors", () => {
  const { record, key, contentId, views } = vectors.record;
  const entry = entryOf(record);
  assert.deepEqual([entry.key, entry.contentId.toString("hex")], [key, contentId]);
  assert.deepEqual(
    [0, 1].map((view) => [idOf(entry.key), valueOf(entry, view)]),
    views,
  );
  for (const [timestamp, value] of vectors.times) {
    assert.equal(valueOf({ timestamp, contentId: Buffer.alloc(32, 255) }, 0), value, `time ${timestamp}`);
  }
  assert.ok(valueOf({ timestamp: Number.MAX_SAFE_INTEGER, contentId: Buffer.alloc(32, 255) }, 0) < P);
  assert.ok(valueOf({ timestamp: 0, contentId: Buffer.alloc(32, 255) }, 1) < P);
});

for (const [name, { records, digest, views }] of Object.entries(vectors.sets)) {
  test(`the sums of the set "${name}" match the frozen vectors`, () => {
    const set = setOf(records);
    assert.equal(set.digest, digest);
    for (const [view, wanted] of views.entries()) {
      const elements = set.elements(view).sort(([one], [other]) => one - other);
      assert.deepEqual(elements.slice(0, wanted.elements.length), wanted.elements);
      assert.equal(Buffer.from(set.counters(view).buffer).toString("hex"), wanted.counters);
      assert.equal(set.check(view).toString(16).padStart(64, "0"), wanted.check);
      assert.deepEqual(
        set.cells(view, 0, wanted.cells.length).map(({ b, a }) => `${b} ${a}`),
        wanted.cells,
      );
      assertSegments(set, view, wanted);
    }
  });
}

/** Bodies, whole or hashed, under names such as `segment 18+46 sha256`; and each is parsed to what it was made of. */
function assertSegments(set, view, wanted) {
  const segments = Object.entries(wanted).filter(([name]) => name.startsWith("segment"));
  assert.equal(segments.length, 3);
  for (const [name, text] of segments) {
    const [from, count] = name.match(/\d+/g).map(Number);
    const body = encodeBody(set, { view, from, count });
    const made = name.endsWith("sha256") ? createHash("sha256").update(body).digest("hex") : body.toString("hex");
    assert.equal(made, text, `view ${view}, ${name}`);
    const parsed = parseBody(body, { view, from });
    assert.deepEqual(parsed.cells, set.cells(view, from, count));
    const sums = from === 0 ? [set.counters(view), set.check(view)] : [undefined, undefined];
    assert.deepEqual([parsed.n, parsed.counters, parsed.check], [set.size, ...sums]);
  }
}

const HOUR_MS = 3_600_000;

/** The peer's set of the vector's difference, made as its `about` says. */
function peerOfVector() {
  const kept = entries(vectors.sets["three hundred"].records).slice(3);
  const edited = kept.map((entry, i) => {
    if (i % 40 !== 0) return entry;
    const timestamp = entry.timestamp + (i % 80 === 0 ? HOUR_MS : -HOUR_MS);
    return { ...entry, timestamp, contentId: sha256(`${entry.key} 1`) };
  });
  return edited;
}

test("a difference decodes as in the frozen vectors", () => {
  const { peerSegment, estimate, missing, extra, complete, ...kinds } = vectors.difference;
  const own = setOf(vectors.sets["three hundred"].records);
  const peer = parseBody(Buffer.from(peerSegment, "hex"), { view: 0, from: 0 });
  assert.equal(estimateOf(peer, own), estimate);
  const { noted, isWhole } = decode(peer, own);
  assert.equal(isWhole, complete);
  const ascending = (ids) => [...ids].sort((one, other) => one - other);
  assert.deepEqual(ascending(wantedIds(noted, 0, own)), missing);
  for (const kind of ["unseen", "newer", "older", "gone"]) {
    const ofKind = [...noted].filter(([k, difference]) => kindOf(k, difference, 0, own) === kind).map(([k]) => k);
    assert.deepEqual(ascending(ofKind), kinds[kind], kind);
  }
  assert.deepEqual(ascending([...kinds.older, ...kinds.gone]), extra);
  for (const { key, timestamp, contentId } of peerOfVector()) {
    const difference = noted.get(idOf(key)) ?? 0;
    const theirs = (own.value(idOf(key), 0) + difference) % P;
    assert.equal(theirs, valueOf({ timestamp, contentId }, 0), key);
  }
});

test("a difference that is not all in the cells, or whose check is wrong, is not whole", () => {
  const own = setOf(vectors.sets["three hundred"].records);
  const peer = parseBody(Buffer.from(vectors.difference.peerSegment, "hex"), { view: 0, from: 0 });
  assert.equal(decode({ ...peer, cells: peer.cells.slice(0, 12) }, own).isWhole, false);
  const { isWhole, isZero } = decode({ ...peer, check: peer.check ^ 1n }, own);
  assert.deepEqual([isWhole, isZero], [false, true]);
});

test("bodies that are not exactly what was asked for are refused", () => {
  const set = setOf(vectors.sets.five.records);
  const body = encodeBody(set, { view: 1, from: 0, count: 3 });
  const wanted = { view: 1, from: 0 };
  assert.equal(parseBody(body, wanted).cells.length, 3);
  const altered = (at, ...bytes) => Buffer.concat([body.subarray(0, at), Buffer.from(bytes), body.subarray(at + bytes.length)]);
  const p = [0xc5, 0xff, 0xff, 0xff, 0xff, 0xff];
  const later = encodeBody(set, { view: 1, from: 16_384 - 2, count: 2 });
  assert.equal(parseBody(later, { view: 1, from: 16_382 }).cells.length, 2);
  const tooFar = Buffer.concat([later, Buffer.alloc(12)]);
  tooFar.writeUInt32LE(3, 8);
  for (const [bad, asked] of [
    [Buffer.alloc(0), wanted],
    [body.subarray(0, -1), wanted],
    [Buffer.concat([body, Buffer.of(0)]), wanted],
    [altered(3, 0x12), wanted],
    [altered(3, 0x01), wanted],
    [altered(80, ...p), wanted],
    [altered(110, ...p), wanted],
    [altered(8, 0, 0, 0, 0), wanted],
    [body, { view: 0, from: 0 }],
    [body, { view: 1, from: 3 }],
    [tooFar, { view: 1, from: 16_382 }],
  ]) {
    assert.throws(() => parseBody(bad, asked), { code: "BAD_BODY" });
  }
  assert.equal(parseBody(altered(80, 0xc4, ...p.slice(1)), wanted).cells[0].b, P - 1);
});

test("ids have one form", () => {
  const ids = [0, 1, 0xdeadbeef, 0xffffffff];
  assert.deepEqual(idsFromText(idsToText(ids)), ids);
  assert.equal(idsToText([0xfffefdfc]), "__79_A");
  const thousand = Array.from({ length: 1_000 }, (_, k) => k);
  assert.equal(idsToText(thousand).length, 5_334);
  assert.deepEqual(idsFromText(idsToText(thousand)), thousand);
  const twice = Buffer.alloc(8).toString("base64url");
  const tooMany = idsToText([...thousand, 1_000]);
  for (const bad of ["", "AAAA", "__79_A==", "//79/A", "__79_B", "__79_A ", twice, tooMany, "_____wAAAAA"]) {
    assert.equal(idsFromText(bad), undefined, bad.slice(0, 20));
  }
});

test("the count is read from accept", () => {
  const type = "application/vnd.dbsharing.symbols";
  for (const [accept, count] of [
    [acceptFor(40), 40],
    [type, 18],
    [`${type};count=x`, 18],
    [`${type};count=0`, 1],
    [`${type};count=9999`, 2_048],
    [`text/html, ${type.toUpperCase()} ; q=0 ; COUNT=7`, 7],
    ["*/*", undefined],
    [`${type}2`, undefined],
    [undefined, undefined],
  ]) {
    assert.equal(countIn(accept), count, accept);
  }
});
