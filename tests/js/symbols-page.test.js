// The page about symbols: its worked example and its limits are those of the second implementation and of the core.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createSharing, signRecord } from "dbsharing";
import { memoryStore } from "dbsharing/stores/memory";
import { root } from "../../.ci/toolchain.mjs";
import { acceptFor, encodeBody, idsToText, parseBody } from "../symbols-js/body.js";
import { decode } from "../symbols-js/decoding.js";
import { checkOf, counterOf, entryOf, idOf, valueOf } from "../symbols-js/element.js";
import { RecordSet } from "../symbols-js/record-set.js";
import { JUMPS, cellsOf } from "../symbols-js/walk.js";

const CELLS = 6;
const VIEWS = [0, 1];
const page = readFileSync(join(root, "js/symbols.md"), "utf8");
const secretKey = new Uint8Array(32).fill(7);
const records = ["one", "two"].map((uuid, index) =>
  signRecord({ uuid, timestamp: 1_700_000_000_000 + 60_000 * index }, secretKey),
);
const set = RecordSet.of(records);
const body = encodeBody(set, { view: 0, from: 0, count: CELLS });

/** The lines of the page's only block that begins so. */
function blockWith(beginning) {
  const blocks = [...page.matchAll(/^```\w+\n(.*?)^```/gms)].map(([, text]) => text);
  const found = blocks.filter((text) => text.startsWith(beginning));
  assert.equal(found.length, 1, `blocks that begin with ${beginning}`);
  return found[0].trimEnd().split("\n");
}

const titled = (title, value) => `${title.padEnd(14)}${value}`;

/** What the page says about one record. */
function linesAbout(record) {
  const entry = entryOf(record);
  const id = idOf(entry.key);
  const lines = VIEWS.flatMap((view) => [
    titled(`value ${view}`, valueOf(entry, view)),
    titled(`cells ${view}`, `${cellsOf(id, view, 64).join(" ")} …`),
  ]);
  const { counter, change } = counterOf(id, valueOf(entry, 0));
  const counted = change === 0 ? "none" : `${counter}, ${change > 0 ? "up" : "down"}`;
  return [
    titled("key", entry.key),
    titled("content id", entry.contentId.toString("hex")),
    titled("id", `${id} = 0x${id.toString(16)}`),
    ...lines,
    titled("counter 0", counted),
    titled("hash 0", littleEndianHex(checkOf(0, id, valueOf(entry, 0)))),
  ];
}

const littleEndianHex = (number) => Buffer.from(number.toString(16).padStart(64, "0"), "hex").reverse().toString("hex");

test("the records of the example are signed as the page says", () => {
  assert.deepEqual(
    blockWith('{"data"'),
    records.map((record) => JSON.stringify(record)),
  );
});

test("what the page says about each record of the example follows from it", () => {
  for (const record of records) assert.deepEqual(blockWith(linesAbout(record)[0]), linesAbout(record));
  assert.ok(page.includes(`\`W/"1s-${set.digest}"\``), `the tag has the digest ${set.digest}`);
});

test("the body of the example is what the page shows", () => {
  const at = [0, 4, 8, 12, 16, 48, ...Array.from({ length: 2 * CELLS }, (_, sum) => 80 + 6 * sum), body.length];
  const parts = at.slice(0, -1).map((start, part) => body.subarray(start, at[part + 1]).toString("hex"));
  const shown = blockWith("64627310").map((line) => line.split(" ")[0]);
  assert.deepEqual(shown, parts);
});

test("a node of the package serves the body of the example", async () => {
  const sharing = createSharing({ taskId: "example", db: memoryStore() });
  const stored = await sharing.putMany(records);
  assert.ok(stored.every(({ ok }) => ok));
  const url = "http://localhost/task/example/linktree/all";
  const answer = await sharing.handle(new Request(url, { headers: { accept: acceptFor(CELLS) } }));
  assert.equal(answer.headers.get("etag"), `W/"1s-${set.digest}"`);
  assert.equal(Buffer.from(await answer.arrayBuffer()).toString("hex"), body.toString("hex"));
});

test("a client that holds the first record of the example finds the second", async () => {
  const own = RecordSet.of(records.slice(0, 1));
  const received = parseBody(body, { view: 0, from: 0 });
  const { noted, isWhole } = decode(received, own);
  assert.ok(isWhole);
  const [[id, difference], ...others] = noted;
  assert.deepEqual([others, id], [[], idOf(entryOf(records[1]).key)]);
  const last = received.cells.length - 1;
  const { b, a } = received.cells[last];
  assert.deepEqual(own.cells(0, last, 1), [{ b: 0, a: 0 }]);
  assert.deepEqual(blockWith("last cell"), [
    titled("last cell", last),
    titled("b, a", `${b} ${a}`),
    titled("a / b", id),
    titled("noted", `${id} ${difference}`),
    titled("asks for", `/task/example/linktree/records?ids=${idsToText([id])}`),
  ]);
});

test("the first and last jumps on the page are those of the table", () => {
  const jumps = [0, 1, 2, 2_046, 2_047].map((x) => JUMPS[x]).join(", ");
  assert.ok(page.includes(jumps), jumps);
});

test("the limits on the page are those of the core", () => {
  const limits = readFileSync(join(root, "src/limits.rs"), "utf8");
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` +\| (\d[\d ]*?)( minutes| hour)? +\|/gm)];
  assert.ok(rows.length >= 10);
  for (const [row, name, digits, unit = ""] of rows) {
    const times = { "": 1, " minutes": 60_000, " hour": 3_600_000 }[unit];
    const [, written] = limits.match(new RegExp(`const ${name}: \\w+ = ([^;]+);`)) ?? assert.fail(`limits.rs lacks ${name}`);
    const [factor, of = 1] = written.split(" * ").reverse().map(numberIn);
    assert.equal(Number(digits.replaceAll(" ", "")) * times, factor * of, row);
  }
});

/** A number as Rust writes it, or one of its names for a time in milliseconds. */
const numberIn = (text) => ({ MINUTE_MS: 60_000, HOUR_MS: 3_600_000 })[text] ?? Number(text.replaceAll("_", ""));
