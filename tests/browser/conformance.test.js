// The shipped package in a page, compared with that page's own JSON.
import assert from "node:assert/strict";
import { test } from "node:test";
import { missingIn } from "../js/fixtures/compare-bodies.js";
import { inPage } from "./chromium.js";

const SEED = 88_172_645;
const TEXTS = 40_000;
const BYTES = 10_000;

/** Runs in the page. */
async function compareInPage({ seed, texts, bytes }) {
  const [{ verifyJson }, { compareBodies, compareResponses }, { trickyBodies, trickyBytes }] = await Promise.all([
    import("/js/index.js"),
    import("/tests/js/fixtures/compare-bodies.js"),
    import("/tests/js/fixtures/tricky-json.js"),
  ]);
  const ofTexts = compareBodies(verifyJson, trickyBodies(seed), texts);
  return [ofTexts, await compareResponses(verifyJson, trickyBytes(seed + 1), bytes)];
}

test(`${TEXTS} tricky texts and ${BYTES} responses read in Chromium as its own JSON reads them`, () =>
  inPage(async (page) => {
    const [texts, responses] = await page.evaluate(compareInPage, { seed: SEED, texts: TEXTS, bytes: BYTES });
    assert.deepEqual([texts.difference, responses.difference], [undefined, undefined]);
    assert.deepEqual([missingIn(texts.seen, TEXTS), missingIn(responses.seen, BYTES)], [[], []]);
  }));
