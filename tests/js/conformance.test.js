// Verdicts and signed texts agree with JSON.parse and JSON.stringify, and what JSON.parse refuses is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyJson } from "../../js/index.js";
import { compareBodies, missingIn } from "./fixtures/compare-bodies.js";
import { REFUSED, verdictsOfPackage } from "./fixtures/engine-verdicts.js";
import { trickyBodies, trickyBytes } from "./fixtures/tricky-json.js";

const SEED = 20_240_607;

test("40 000 tricky bodies are read as text as the engine reads them", () => {
  const { seen, difference } = compareBodies(verifyJson, trickyBodies(SEED), 40_000);
  assert.deepEqual({ difference, missing: missingIn(seen, 40_000) }, { difference: undefined, missing: [] });
});

test("10 000 tricky bodies are read as bytes as fetch().json() reads them, invalid UTF-8 included", () => {
  // Through TextDecoder, as in a browser: the Response of older Node drops a second byte order mark as well.
  const { seen, difference } = compareBodies(verifyJson, trickyBytes(SEED + 1), 10_000);
  assert.deepEqual({ difference, missing: missingIn(seen, 10_000) }, { difference: undefined, missing: [] });
});

/** An item of this many bytes with little signed text. */
const itemOf = (bytes) => `{"data":{"a":1.0},"x":"${"x".repeat(bytes - 25)}"}`;

test("the body around an item of more than 1 MiB is judged to its end", () => {
  const [most, more] = [itemOf(2 ** 20), itemOf(2 ** 20 + 1)];
  assert.deepEqual([most.length, more.length], [2 ** 20, 2 ** 20 + 1]);
  const short = 'BAD_SHAPE {"a":1}';
  const lines = (body) => verdictsOfPackage(verifyJson, body);
  assert.equal(lines(`[${most},${more},{"data":{"a":1e0}}]`), [short, "TOO_LARGE", short].join("\n"));
  assert.equal(lines(`[${more}]`), "TOO_LARGE");
  const faults = [
    `[${more},]`,
    `[${more}]]`,
    `[${more}`,
    `[${more.slice(0, -1)}]`,
    `[${more.replace("1.0", "01")}]`,
    `[${more.replace(/x"}$/, '\u0001"}')}]`,
    `[${more.replace(/x"}$/, '\\x"}')}]`,
    `[${more}{}]`,
    `[${more},{"data":}]`,
  ];
  for (const body of faults) {
    assert.throws(() => JSON.parse(body));
    assert.equal(lines(body), REFUSED, `${body.slice(0, 30)}…${body.slice(-30)}`);
    assert.equal(lines(new TextEncoder().encode(body)), REFUSED);
  }
});
