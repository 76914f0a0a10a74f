// The signed text is what JSON.stringify(JSON.parse(body)[i].data) gives, and what JSON.parse refuses is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyJson } from "../../js/index.js";
import { trickyBodies } from "./fixtures/tricky-json.js";

const BODIES = 50_000;
const SEED = 20_240_607;

/** The text of each item's data as JavaScript has it, undefined where there is none; "refused" where it refuses. */
function asJavaScript(parse) {
  try {
    return parse().map(({ data }) => (isObject(data) ? JSON.stringify(data) : undefined));
  } catch {
    return "refused";
  }
}

function isObject(data) {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}

function asOurs(body) {
  try {
    return verifyJson(body).map(({ signedText }) => signedText);
  } catch (error) {
    return error.code === "BAD_BODY" ? "refused" : error;
  }
}

function assertSame(ours, expected, name) {
  const isEqual = (text, at) => text === ours[at];
  const isSame = ours === expected || (ours.length === expected.length && expected.every?.(isEqual));
  // Only a difference is worth the time that a message takes.
  if (!isSame) assert.deepEqual(ours, expected, name());
}

test(`${BODIES} tricky bodies read as the engine reads them, as text`, () => {
  const next = trickyBodies(SEED);
  let refused = 0;
  for (let count = 0; count < BODIES; count += 1) {
    const body = next();
    const expected = asJavaScript(() => JSON.parse(body));
    assertSame(asOurs(body), expected, () => `body ${count}: ${JSON.stringify(body)}`);
    refused += expected === "refused" ? 1 : 0;
  }
  assert.ok(refused > BODIES / 20 && refused < BODIES / 2, `${refused} were refused`);
});

test("and as bytes, as fetch().json() does, also where they are no UTF-8", () => {
  const next = trickyBodies(SEED + 1);
  const decoder = new TextDecoder();
  for (let count = 0; count < BODIES / 5; count += 1) {
    const bytes = Buffer.from(next());
    if (count % 3 === 0) bytes[bytes.length >> 1] = 0x80 + (count % 128);
    const body = count % 7 === 0 ? Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), bytes]) : bytes;
    const expected = asJavaScript(() => JSON.parse(decoder.decode(body)));
    assertSame(asOurs(body), expected, () => `body ${count}: ${body.toString("hex")}`);
  }
});
