// Bodies that fuzzing kept because they were once judged differently or are edge cases.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { verifyJson } from "../../js/index.js";
import { shrink } from "../fuzz/shrink.js";
import { verdictsOfEngine, verdictsOfPackage } from "./fixtures/engine-verdicts.js";
import { sparingEngine } from "./fixtures/lone-backslash.js";

const folder = new URL("../fuzz/kept/", import.meta.url);

/** A text is kept as a JSON string in `.json`, bytes as they are in `.bin`. */
function keptBody(name) {
  const bytes = readFileSync(new URL(name, folder));
  return name.endsWith(".json") ? JSON.parse(bytes.toString()) : new Uint8Array(bytes);
}

for (const name of readdirSync(folder)) {
  test(`kept body ${name} is read as the engine reads it`, () => {
    const body = sparingEngine(keptBody(name));
    assert.equal(verdictsOfPackage(verifyJson, body), verdictsOfEngine(body));
  });
}

test("a body that shows a difference is reduced as far as possible", () => {
  const noise = '[{"data":{"b":[1,2,3]}},"é😀"]'.repeat(20);
  assert.equal(
    shrink(`${noise}1e400${noise}-0${noise}`, (body) => /1e400.*-0/s.test(body)),
    "1e400-0",
  );
  const bytes = shrink(Uint8Array.from([1, 2, 0xff, 3, 4]), (body) => body.includes(0xff));
  assert.deepEqual([...bytes], [0xff]);
});
