// export and import: real commands over real databases.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import bs58 from "bs58";

import { verifyRecord } from "../../js/index.js";
import {
  asLines,
  asked,
  assertSentence,
  databaseOf,
  digestInNode,
  entriesOf,
  entryInNode,
  folder,
  freshPath,
  withLevel,
} from "./fixtures/node-folders.js";
import { asItems, record, records, signer } from "./fixtures/records.js";
import { dbsharing, startDbsharing } from "./run-command.js";

const MIB = 1024 * 1024;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

// Export

test("an export has all stored records, ascending by key, and imports to the same set", async () => {
  const odd = record("ü 🙂\u2028\u0085", { text: "a\u2028b\u2029c" });
  const all = [...records(30), ...records(30, { by: signer(2) }), odd];
  const first = await databaseOf(all);
  const exported = await dbsharing(["export", "--db", first]);
  assert.deepEqual([exported.code, exported.stderr], [0, "exported 61 records\n"]);
  const lines = exported.stdout.trimEnd().split("\n");
  const entries = await entriesOf(first);
  assert.deepEqual(
    lines,
    entries.map(({ text }) => text),
  );
  const keys = lines.map((line) => verifyRecord(JSON.parse(line)).key);
  assert.deepEqual(keys, [...keys].sort());
  const second = freshPath();
  const imported = await asked(["import", "-", "--db", second], { input: exported.stdout });
  assert.deepEqual(imported, { code: 0, said: { ok: true, lines: 61, written: 61, stale: 0, rejected: {} } });
  assert.deepEqual(await entriesOf(second), entries);
  const digests = [first, second].map(async (path) => (await asked(["check", "--db", path])).said.digest);
  assert.deepEqual(await Promise.all(digests), Array(2).fill(await digestInNode(entries)));
});

test("export replaces a file, through a link too, and can write to something that is not a file", async () => {
  const path = await databaseOf(records(3));
  const file = join(folder, "out.ndjson");
  await writeFile(file, "the last export\n");
  const link = join(folder, "link.ndjson");
  await symlink(file, link);
  assert.deepEqual(await asked(["export", "--db", path, "--out", link]), { code: 0, said: { records: 3, file: link } });
  assert.equal((await readFile(file, "utf8")).split("\n").length, 4);
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith(".partial")),
    [],
  );

  assertSentence(
    await dbsharing(["export", "--db", path, "--out", join(folder, "no-folder", "out")]),
    2,
    /cannot write .*: there is no such folder/,
  );
  assert.equal((await dbsharing(["export", "--db", path, "--out", "/dev/null"])).code, 0);
  assert.ok((await stat("/dev/null")).isCharacterDevice());
});

test("an export changes nothing but its file: no other file of the user, and no target of a link", async () => {
  const path = await databaseOf(records(3));
  const place = await mkdtemp(join(folder, "beside-"));
  const file = join(place, "X");
  const precious = join(place, "precious");
  await writeFile(precious, "mine");
  await symlink(precious, `${file}.partial`);
  await writeFile(file, "the last export", { mode: 0o600 });
  assert.equal((await dbsharing(["export", "--db", path, "--out", file])).code, 0);
  assert.equal(await readFile(precious, "utf8"), "mine");
  assert.deepEqual((await readdir(place)).sort(), ["X", "X.partial", "precious"]);
  assert.equal((await stat(file)).mode & 0o777, 0o600, "its permissions are kept");
  await writeFile(join(place, "own.partial"), "mine too");
  assert.equal((await dbsharing(["export", "--db", path, "--out", join(place, "own")])).code, 0);
  assert.equal(await readFile(join(place, "own.partial"), "utf8"), "mine too");
});

test("an export that is stopped by a signal leaves no other file behind, and ends by that signal", async () => {
  const path = await databaseOf(records(20_000, { by: signer(4) }));
  const place = await mkdtemp(join(folder, "signal-"));
  const file = join(place, "X");
  await writeFile(file, "the last export");
  for (const signal of ["SIGTERM", "SIGINT"]) {
    const { child, closed } = startDbsharing(["export", "--db", path, "--out", file]);
    while ((await readdir(place)).length < 2 && child.exitCode === null) await new Promise(setImmediate);
    child.kill(signal);
    await closed;
    if (child.signalCode === null) continue; // it was finished before
    assert.equal(child.signalCode, signal);
    assert.deepEqual(await readdir(place), ["X"]);
    assert.equal(await readFile(file, "utf8"), "the last export");
  }
});

test("a text with line ends is exported as one line", async () => {
  const path = freshPath();
  const one = record("spread out");
  const { key, version } = verifyRecord(one);
  await withLevel(path, (store) => store.write([{ key, version, text: JSON.stringify(one, undefined, 2) }]));
  const { stdout } = await dbsharing(["export", "--db", path]);
  assert.equal(stdout.split("\n").length, 2);
  assert.deepEqual(JSON.parse(stdout), one);
});

test("export --json reports to standard error if the records go to standard output", async () => {
  const { stdout, stderr } = await dbsharing(["export", "--json", "--db", await databaseOf(records(2))]);
  assert.deepEqual([stdout.split("\n").length, JSON.parse(stderr)], [3, { records: 2 }]);
});

test("if the reader of an export leaves early, the export does not succeed and reports no fault", async () => {
  const path = await databaseOf(records(3000));
  const { child, closed, stderr } = startDbsharing(["export", "--db", path]);
  child.stdout.destroy();
  assert.equal(await closed, 141);
  assert.equal(stderr(), "");
});

// Import

/** The record with the order of the group added to the S of its signature. */
function raised(given) {
  const bytes = Buffer.from(bs58.decode(given.signature));
  const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString("hex")}`) + ORDER;
  bytes.set(Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse(), 32);
  return { ...given, signature: bs58.encode(bytes) };
}

const plain = record("in every form", { z: 1, 2: "b", 1: 1e21, é: "\ud800" });
const forms = {
  "a bare record": plain,
  "an item": asItems([plain])[0],
  "another order of fields": { signature: plain.signature, publicKey: plain.publicKey, data: plain.data },
  "a raised S": raised(plain),
  "unsigned fields": { seen: "2024", 7: [1, { a: null }], ...plain },
  "an item with unsigned fields": { key: "k", value: { ...plain, seen: "🙂" } },
  "unsigned fields of 1 KiB": { ...plain, more: "x".repeat(1024 - '{"more":""}'.length) },
  "unsigned fields of more": { ...plain, more: "x".repeat(1024 - '{"more":""}'.length + 1) },
  "an own __proto__": JSON.parse(JSON.stringify(plain).replace("{", '{"__proto__":{"a":1},"constructor":2,')),
  "data beside a value": { ...plain, value: { data: 1 } },
};

for (const [form, given] of Object.entries(forms)) {
  test(`import stores ${form} as a node does`, async () => {
    assert.deepEqual(await entriesOf(await databaseOf([given])), [await entryInNode(given)]);
  });
}

test("unsigned fields that are nested too deeply to be written are left out", async () => {
  const nested = `${"[".repeat(300_000)}${"]".repeat(300_000)}`;
  const line = JSON.stringify(plain).replace("{", `{"more":${nested},`);
  const path = freshPath();
  assert.equal((await dbsharing(["import", "--db", path], { input: line })).code, 0);
  assert.deepEqual(await entriesOf(path), [await entryInNode(plain)]);
});

test("a bad line is lost alone: it spoils no other line and never becomes two records", async () => {
  const [a, b, c, d] = records(4).map((one) => JSON.stringify(one));
  const future = record("early", { timestamp: Date.now() + 3_600_000 });
  const lines = [
    `\ufeff${a}`,
    "", // left out; it counts only in line numbers
    `${c},${d}`, // two records, if it were joined into a body unchanged
    `${c}],[${d}`,
    `[${c}]`,
    c.slice(0, -20),
    "null",
    "]",
    "  \r",
    JSON.stringify({ ...JSON.parse(d), data: { uuid: "forged", timestamp: 1 } }),
    JSON.stringify(future),
    `${b}\r`,
    JSON.stringify({ ...JSON.parse(c), publicKey: "0x00" }),
    "not json",
  ];
  const path = freshPath();
  const { code, said } = await asked(["import", "--db", path], { input: lines.join("\n") });
  assert.deepEqual([code, said.lines, said.written, said.stale], [1, 12, 2, 0]);
  assert.deepEqual(withoutMessages(said.rejected), {
    BAD_SHAPE: { count: 7, lines: [3, 4, 5, 6, 7] },
    BAD_SIGNATURE: { count: 1, lines: [10] },
    FROM_THE_FUTURE: { count: 1, lines: [11] },
    UNSUPPORTED_KEY: { count: 1, lines: [13] },
  });
  const held = (await entriesOf(path)).map(({ text }) => text);
  assert.deepEqual(held.sort(), [a, b].sort());

  const forPeople = await dbsharing(["import", "--db", path], { input: lines.join("\n") });
  assert.equal(forPeople.code, 1);
  assert.match(forPeople.stdout, /^12 lines: 0 written, 2 held already or older, 10 rejected: BAD_SHAPE 7, /m);
  assert.match(forPeople.stdout, /^ {2}BAD_SHAPE {2}lines 3, 4, 5, 6, 7, …; the first: line 3: it is not one JSON value$/m);
  assert.match(forPeople.stdout, /^ {2}FROM_THE_FUTURE {2}line 11: .*ahead/m);
});

/** The rejections, without their messages. */
function withoutMessages(rejected) {
  return Object.fromEntries(Object.entries(rejected).map(([code, { count, lines }]) => [code, { count, lines }]));
}

test("import writes only newer records, within a batch and across batches", async () => {
  const of = (timestamp) => record("one", { timestamp });
  const path = await databaseOf([of(5)]);
  const { said } = await asked(["import", "--db", path], { input: asLines([of(4), of(7), of(6), of(7), of(5)]) });
  assert.deepEqual([said.written, said.stale], [1, 4]);
  const [{ text }] = await entriesOf(path);
  assert.equal(JSON.parse(text).data.timestamp, 7);
});

test("import --identity owner keeps one record for each public key", async () => {
  const path = freshPath();
  const input = asLines([record("a", { timestamp: 1 }), record("b", { timestamp: 2 })]);
  await asked(["import", "--db", path, "--identity", "owner"], { input });
  assert.deepEqual(
    (await entriesOf(path)).map(({ key }) => key),
    [signer(1).publicKey],
  );
  assert.equal((await asked(["check", "--db", path, "--identity", "owner"])).code, 0);
  assertSentence(await dbsharing(["check", "--db", path]), 2, /written with --identity owner, not record/);
});

test("import and node refuse a database that was written with the other identity", async () => {
  const path = await databaseOf(records(2));
  const imported = await dbsharing(["import", "--db", path, "--identity", "owner"], { input: asLines(records(2)) });
  assertSentence(imported, 2, /written with --identity record, not owner/);
  assert.equal((await entriesOf(path)).length, 2, "no entry is added");
  const place = ["--data", path, "--port", "0", "--task-id", "t", "--service-url", "http://127.0.0.1:9"];
  const node = await dbsharing(["node", ...place, "--identity", "owner"]);
  assertSentence(node, 2, /written with --identity record, not owner; give --identity record/);
});

test("a line longer than 1 MiB is counted, skipped and never held", async () => {
  const [before, behind] = records(2).map((one) => JSON.stringify(one));
  const file = join(folder, "long.ndjson");
  const out = createWriteStream(file);
  const write = async (text) => out.write(text) || once(out, "drain");
  await write(`${before}\n"`);
  for (let at = 0; at < 300; at += 1) await write("x".repeat(MIB));
  await write(`"\n"${"x".repeat(MIB - 2)}"\n"${"x".repeat(MIB - 1)}"\n${behind}`);
  out.end();
  await once(out, "close");
  const path = freshPath();
  const reporter = join(folder, "memory.cjs");
  await writeFile(reporter, REPORT_MEMORY);
  const node = ["--max-old-space-size=64", "--require", reporter];
  const { code, stdout, stderr } = await dbsharing(["import", file, "--db", path, "--json"], { node });
  const { lines, written, rejected } = JSON.parse(stdout);
  // A line of exactly 1 MiB is read like others, and a string is not a record.
  const expected = { TOO_LARGE: { count: 2, lines: [2, 4] }, BAD_SHAPE: { count: 1, lines: [3] } };
  assert.deepEqual([code, lines, written, withoutMessages(rejected)], [1, 5, 2, expected]);
  const peakMiB = Number(stderr) / MIB;
  assert.ok(peakMiB < 200, `${peakMiB} MiB`);
});

// Makes a process print its peak resident memory in bytes when it ends.
const REPORT_MEMORY = `process.on("exit", () => {
  process.stderr.write(String(process.resourceUsage().maxRSS * 1024));
});`;

test("an import that is killed is finished by running it again", async () => {
  const all = records(20_000, { by: signer(3) });
  const file = join(folder, "many.ndjson");
  await writeFile(file, asLines(all));
  const path = freshPath();
  const { child, closed } = startDbsharing(["import", "-", "--db", path], { stdin: "pipe" });
  child.stdin.on("error", () => {}).write(asLines(all.slice(1))); // without an end, so that it does not finish first
  await untilThereIs(path, child);
  child.kill("SIGKILL");
  await closed;
  const partly = (await asked(["check", "--db", path])).said;
  assert.deepEqual([partly.ok, partly.records < all.length], [true, true]);
  const { code, said } = await asked(["import", file, "--db", path]);
  assert.deepEqual([code, said.written, said.stale], [0, all.length - partly.records, partly.records]);
  const again = await asked(["import", file, "--db", path]);
  assert.deepEqual([again.said.written, again.said.stale], [0, all.length]);
  const { said: checked } = await asked(["check", "--db", path]);
  const entries = await entriesOf(path);
  assert.deepEqual([checked.ok, checked.records, checked.digest], [true, all.length, await digestInNode(entries)]);
  const { said: stats } = await asked(["stats", "--db", path]);
  assert.equal(stats.digest, checked.digest);
});

// Looks in every turn of the event loop: no event reports the first batch, which is in the log of the database.
async function untilThereIs(path, child) {
  const size = async () => {
    const names = (await readdir(path).catch(() => [])).filter((name) => name.endsWith(".log"));
    const sizes = names.map((name) =>
      stat(join(path, name)).then(
        (found) => found.size,
        () => 0,
      ),
    );
    return (await Promise.all(sizes)).reduce((sum, one) => sum + one, 0);
  };
  while ((await size()) === 0) assert.equal(child.exitCode, null, "the import is still under way");
}
