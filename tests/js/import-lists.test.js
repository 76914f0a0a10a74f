// import of JSON arrays: bodies that curl saved from a node, whole, cut off or spoiled.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { itemsOf } from "../../js/cli/lines.js";
import { asked, databaseOf, entriesOf, folder, freshPath } from "./fixtures/node-folders.js";
import { asItems, records } from "./fixtures/records.js";
import { dbsharing } from "./run-command.js";

const MIB = 1024 * 1024;
const MAX_BYTES = 100;

/** The result of a text in chunks of this many bytes: `{ noun, items }`. */
async function itemsIn(text, chunkBytes) {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const { noun, items } = await itemsOf(chunks(), { maxBytes: MAX_BYTES });
  const found = [];
  for await (const { number, text: item, fault } of items) {
    assert.equal(number, found.length + 1);
    found.push(fault?.code ?? item);
  }
  return { noun, items: found };
}

for (const form of ["all", "list", "pretty"]) {
  test(`a body saved from a node is imported: ${form}`, async () => {
    const all = records(5);
    const body = form === "list" ? all : asItems(all);
    const path = freshPath();
    const input = JSON.stringify(body, undefined, form === "pretty" ? 2 : 0);
    const expected = { ok: true, lines: 5, written: 5, stale: 0, rejected: {} };
    assert.deepEqual(await asked(["import", "--db", path], { input }), { code: 0, said: expected });
    assert.deepEqual(await entriesOf(path), await entriesOf(await databaseOf(all)));
  });
}

test("the items before the cut of a body are imported, and the cut is reported", async () => {
  const body = JSON.stringify(asItems(records(3)));
  const cut = body.slice(0, -20);
  const { code, said } = await asked(["import", "--db", freshPath()], { input: cut });
  assert.deepEqual([code, said.written, said.rejected.BODY_CUT.lines], [1, 2, [3]]);
  const forPeople = await dbsharing(["import", "--db", freshPath()], { input: cut });
  assert.match(forPeople.stdout, /^3 items: 2 written, .*1 rejected: BODY_CUT 1$/m);
  assert.match(forPeople.stdout, /^ {2}BODY_CUT {2}item 3: the list ends before its last bracket: it was cut off$/m);
});

test("a bad item affects no other item", async () => {
  const [a, b] = records(2).map((one) => JSON.stringify(one));
  const { code, said } = await asked(["import", "--db", freshPath()], { input: `[${a},{"a":1 2},7,"],[",${b}]` });
  assert.deepEqual([code, said.lines, said.written, said.rejected.BAD_SHAPE.lines], [1, 5, 2, [2, 3, 4]]);
});

for (const [text, expected] of [
  ["[]", []],
  ["\ufeff \n[ ]\n", []],
  ["[1]", ["1"]],
  ['\ufeff[1,[2,3],{"a":[]}]', ["1", "[2,3]", '{"a":[]}']],
  ['["a,b]","\\"]","\\\\"]', ['"a,b]"', '"\\"]"', '"\\\\"']],
  ["[1,]", ["1", ""]],
  ["[,1]", ["", "1"]],
  ["[é🙂,1", ["é🙂", "BODY_CUT"]],
  ["[", ["BODY_CUT"]],
  ["[1] [2]", ["1", "BAD_BODY"]],
  [`[${"x".repeat(MAX_BYTES)},${"x".repeat(MAX_BYTES + 1)},1]`, ["x".repeat(MAX_BYTES), undefined, "1"]],
]) {
  test(`the items of ${JSON.stringify(text.slice(0, 30))}`, async () => {
    for (const chunkBytes of [1, 2, 3, 7, 1000])
      assert.deepEqual(await itemsIn(text, chunkBytes), { noun: "item", items: expected }, `${chunkBytes}`);
  });
}

test("a text that does not begin with a bracket is read as lines, whatever blanks come first", async () => {
  const expected = { noun: "line", items: ["{}", "[1]"] };
  const { noun, items } = await itemsIn("{}\n[1]", 1);
  assert.deepEqual({ noun, items }, expected);
  assert.equal((await itemsIn(" ".repeat(2 * MAX_BYTES), 10)).noun, "line");
});

test("an array is never held whole in memory", async () => {
  const file = join(folder, "list.json");
  const out = createWriteStream(file);
  const item = `${JSON.stringify({ a: "x".repeat(MIB / 2) })},`;
  out.write("[");
  for (let at = 0; at < 600; at += 1) if (!out.write(item)) await once(out, "drain");
  out.end(`${JSON.stringify(records(1)[0])}]`);
  await once(out, "close");
  const reporter = join(folder, "list-memory.cjs");
  await writeFile(reporter, 'process.on("exit", () => process.stderr.write(String(process.resourceUsage().maxRSS * 1024)));');
  const node = ["--max-old-space-size=64", "--require", reporter];
  const { code, stdout, stderr } = await dbsharing(["import", file, "--db", freshPath(), "--json"], { node });
  const { lines, written } = JSON.parse(stdout);
  assert.deepEqual([code, lines, written], [1, 601, 1]);
  assert.ok(Number(stderr) < 250 * MIB, `${Number(stderr) / MIB} MiB`);
});
