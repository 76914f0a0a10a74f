// A verdict and its signed text are those of JSON.parse and JSON.stringify, and what JSON.parse refuses is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyJson } from "../../js/index.js";
import { REFUSED, verdictsOfEngine, verdictsOfPackage } from "./fixtures/engine-verdicts.js";
import { trickyBodies, trickyBytes } from "./fixtures/tricky-json.js";

const SEED = 20_240_607;

/** Compares so many bodies; gives back for how many of them each verdict was there. */
function compare(next, bodies) {
  const seen = {};
  for (let count = 0; count < bodies; count += 1) {
    const body = next();
    const expected = verdictsOfEngine(body);
    const ours = verdictsOfPackage(verifyJson, body);
    // Only a difference is worth the time that a message takes.
    if (ours !== expected) assert.equal(ours, expected, `body ${count}: ${shown(body)}`);
    for (const code of new Set(expected.split("\n").map((line) => line.split(" ")[0]))) seen[code] = 1 + (seen[code] ?? 0);
  }
  return seen;
}

function shown(body) {
  return typeof body === "string" ? JSON.stringify(body) : Buffer.from(body).toString("hex");
}

/** A generator that only made broken bodies, or never some kind of item, would prove little. */
function assertVaried(seen, bodies) {
  assert.ok(seen[REFUSED] > bodies / 20 && seen[REFUSED] < bodies / 2, `${seen[REFUSED]} of ${bodies} were refused`);
  const codes = "BAD_ID BAD_KEY BAD_SHAPE BAD_SIGNATURE BAD_TIMESTAMP TOO_DEEP TOO_LARGE UNSUPPORTED_KEY";
  assert.deepEqual(codes.split(" ").filter((code) => !seen[code]), []);
}

test("40000 tricky bodies read as the engine reads them, as text", () => {
  assertVaried(compare(trickyBodies(SEED), 40_000), 40_000);
});

test("and 10000 as bytes, as fetch().json() does, also where they are no UTF-8", () => {
  assertVaried({ TOO_DEEP: 1, TOO_LARGE: 1, ...compare(trickyBytes(SEED + 1), 10_000) }, 10_000);
});

/** An item of so many bytes whose data is signed text of a few. */
const itemOf = (bytes) => `{"data":{"a":1.0},"x":"${"x".repeat(bytes - 25)}"}`;

test("the body around an item of more than 1 MiB is judged to its end", () => {
  const [most, more] = [itemOf(2 ** 20), itemOf(2 ** 20 + 1)];
  assert.deepEqual([most.length, more.length], [2 ** 20, 2 ** 20 + 1]);
  const short = 'BAD_SHAPE {"a":1}';
  const lines = (body) => verdictsOfPackage(verifyJson, body);
  assert.equal(lines(`[${most},${more},{"data":{"a":1e0}}]`), [short, "TOO_LARGE", short].join("\n"));
  assert.equal(lines(`[${more}]`), "TOO_LARGE");
  const faults = [`[${more},]`, `[${more}]]`, `[${more}`, `[${more.slice(0, -1)}]`, `[${more.replace("1.0", "01")}]`,
    `[${more.replace(/x"}$/, "\u0001\"}")}]`, `[${more.replace(/x"}$/, "\\x\"}")}]`, `[${more}{}]`, `[${more},{"data":}]`];
  for (const body of faults) {
    assert.throws(() => JSON.parse(body));
    assert.equal(lines(body), REFUSED, `${body.slice(0, 30)}…${body.slice(-30)}`);
    assert.equal(lines(new TextEncoder().encode(body)), REFUSED);
  }
});
