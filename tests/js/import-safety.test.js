// import of bad sources: databases in use, foreign, huge and hostile files; and a dry run, which leaves no trace.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync } from "node:fs";
import { cp, mkdir, readFile, readdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import {
  asked,
  asLines,
  assertSentence,
  databaseOf,
  entriesOf,
  entryInNode,
  freshPath,
  withLevel,
} from "./fixtures/node-folders.js";
import { record, records, signer } from "./fixtures/records.js";
import { hashesOf, nedbShapes, proofOf, withNedb, writeLevelup } from "./fixtures/task-databases.js";
import { dbsharing } from "./run-command.js";

const MIB = 1024 * 1024;
const MAIN = fileURLToPath(new URL("../../js/cli/main.js", import.meta.url));
const shape = nedbShapes["a model"];
const all = [1, 2, 3].map((number) => record(`page ${number}`, { by: signer(number) }));

async function levelOf(list) {
  const path = freshPath();
  await writeLevelup(
    path,
    list.map((one) => [`linktree:${one.publicKey}`, one]),
  );
  return path;
}

/** A new folder for temporary files, and the environment that names it. */
async function temporaryPlace() {
  const place = freshPath();
  await mkdir(place);
  return { place, env: { ...process.env, TMPDIR: place } };
}

test("a folder without a LevelDB is refused, and the files in it are named", async () => {
  const folder = freshPath();
  await mkdir(folder);
  assertSentence(await dbsharing(["import", folder, "--db", freshPath()]), 2, /is a folder without a LevelDB$/m);
  await withNedb(join(folder, "KOIILevelDB.db"), (db) => db.insert(shape.record(all[0].publicKey, all[0])));
  assertSentence(
    await dbsharing(["import", folder, "--db", freshPath()]),
    2,
    /in it are KOIILevelDB\.db: give the file that you mean$/m,
  );
});

for (const [name, content, looks] of [
  ["a page", "<html>\n<body>502</body>\n</html>\n", /; it looks like a page/],
  [
    "one record over several lines",
    JSON.stringify(all[0], undefined, 2),
    /; it looks like one JSON object on several lines: put a single record into an array/,
  ],
  ["a SQLite database", "SQLite format 3\u0000\u0010\n\u0001", /; it is a SQLite database/],
  ["UTF-16", Buffer.from(asLines(all), "utf16le"), /; it is not text, or not in UTF-8/],
  ["notes", "one\n2\nthree\n", /LevelDB folder$/m],
]) {
  test(`${name} is refused with one sentence, and no database is created`, async () => {
    const [file, path] = [freshPath(), freshPath()];
    await writeFile(file, content);
    const run = await dbsharing(["import", file, "--db", path]);
    assertSentence(
      run,
      2,
      /is not a source of records; wanted records one a line, a JSON array, a NeDB file or a LevelDB folder/,
    );
    assert.match(run.stderr, looks);
    assert.equal(existsSync(path), false);
  });
}

for (const [name, documents] of [
  ["nothing", []],
  ["only proofs", all.map((one) => shape.proof(one.publicKey, proofOf(one)))],
]) {
  test(`an import of ${name} does not succeed`, async () => {
    const args = ["import", "--db", freshPath()];
    const { code, said } = await asked(args, { input: asLines(documents) });
    assert.deepEqual([code, said.ok, said.written], [1, false, 0]);
    const { stdout } = await dbsharing(args, { input: asLines(documents) });
    assert.match(stdout, /^there is no record in standard input$/m);
  });
}

test("a LevelDB that a task has open is refused, and is read after the task has ended", async () => {
  const [source, target] = [await levelOf(all), freshPath()];
  await withLevel(source, async (_, db) => {
    await db.open();
    assertSentence(await dbsharing(["import", source, "--db", target]), 2, /is in use by another process; stop the task first/);
  });
  assert.equal(existsSync(target), false);
  assert.equal((await asked(["import", source, "--db", target])).said.written, 3);
});

test("the database itself is refused as a source, whatever its path", async () => {
  const path = await databaseOf(all);
  const link = freshPath();
  await symlink(path, link);
  for (const source of [path, link])
    assertSentence(await dbsharing(["import", source, "--db", path]), 2, /is the database that --db names/);
});

test("every command refuses a task's database where a node's is wanted", async () => {
  const path = await levelOf(all);
  const refused =
    /belongs to something else, with keys such as linktree:\w+…; name another folder, .*: dbsharing import .* --db ANOTHER$/m;
  for (const args of [
    ["check", "--db"],
    ["stats", "--db"],
    ["export", "--db"],
    ["import", "--db"],
    ["import", "--dry-run", "--db"],
  ]) {
    const run = await dbsharing([...args, path], { input: asLines(all) });
    assertSentence(run, 2, refused);
    assert.ok(run.stderr.includes(`database in ${path} belongs to`), run.stderr);
  }
  const node = ["node", "--task-id=t", "--service-url=http://127.0.0.1:9", "--port=0", "--data", path];
  assertSentence(await dbsharing(node), 2, refused);
  await withLevel(path, async (store) => store.write([await entryInNode(all[0])]));
  assert.equal((await dbsharing(["stats", "--db", path])).code, 0, "one with both kinds of entries is a node's");
});

test("a file that is given twice is refused", async () => {
  assertSentence(await dbsharing(["import", "a", "b", "a", "--db", freshPath()]), 2, /a is given twice/);
});

for (const [name, spoil] of Object.entries({
  "a MANIFEST that was cut off": async (path, files) =>
    truncate(
      join(
        path,
        files.find((file) => /^MANIFEST/.test(file)),
      ),
      10,
    ),
  "no MANIFEST": async (path, files) =>
    rm(
      join(
        path,
        files.find((file) => /^MANIFEST/.test(file)),
      ),
    ),
  "no CURRENT": (path) => rm(join(path, "CURRENT")),
})) {
  test(`a LevelDB with ${name} is reported and left unchanged, and its copy is repaired and imported`, async () => {
    const path = await levelOf(all);
    await spoil(path, await readdir(path));
    const before = await hashesOf(path);
    const refused = await dbsharing(["import", path, "--db", freshPath()]);
    assertSentence(
      refused,
      2,
      /^dbsharing import: the LevelDB in .* is damaged: .*; make a copy of the folder, run dbsharing check --repair --db COPY, and import the copy \(LEVEL_(CORRUPTION|IO_ERROR)\)$/m,
    );
    assert.ok(!refused.stderr.includes("dbsharing-import-"), refused.stderr);
    assert.deepEqual(await hashesOf(path), before);
    const copy = freshPath();
    await cp(path, copy, { recursive: true });
    const { code, stdout } = await dbsharing(["check", "--repair", "--db", copy]);
    assert.equal(code, 0);
    assert.match(stdout, /^The database is repaired. It holds no records of dbsharing, but keys of something else/m);
    assert.equal((await asked(["import", copy, "--db", freshPath()])).said.written, 3);
  });
}

test("entries that LevelDB drops from a damaged log are reported as lost", async () => {
  const path = freshPath();
  const many = records(500);
  await writeLevelup(
    path,
    many.map((one, number) => [`linktree:${number}`, one]),
  );
  const [log] = (await readdir(path)).filter((name) => name.endsWith(".log"));
  const content = await readFile(join(path, log));
  content.fill(0xff, content.length / 2, content.length / 2 + 8);
  await writeFile(join(path, log), content);
  const { code, said } = await asked(["import", path, "--db", freshPath()]);
  const [{ read, lostBytes }] = said.sources;
  assert.deepEqual([code, said.ok, said.rejected], [1, false, {}]);
  assert.ok(read === said.written && read < 500 && lostBytes > 1000, `${read} of 500, ${lostBytes} bytes`);
  const forPeople = await dbsharing(["import", path, "--db", freshPath()]);
  assert.equal(forPeople.code, 1);
  assert.match(forPeople.stdout, /^ {2}LEVEL_CORRUPTION {2}.* is damaged: LevelDB cannot read [\d.]+ kB of its log/m);
});

test("a dry run reports what would be written, and writes nothing", async () => {
  const source = await levelOf(all);
  const path = await databaseOf(all.slice(0, 1));
  const before = await hashesOf(path);
  const { code, said } = await asked(["import", source, "--db", path, "--dry-run"]);
  assert.deepEqual([code, said.dryRun, said.written, said.stale], [0, true, 2, 1]);
  assert.deepEqual(await hashesOf(path), before);
  const { stdout } = await dbsharing(["import", source, "--db", path, "--dry-run"]);
  assert.match(stdout, /^dry run: nothing was written$/m);
  assert.match(stdout, /^3 records: 2 would be written, 1 held already or older, 0 rejected$/m);
});

test("a dry run needs no database and creates none", async () => {
  const path = freshPath();
  const { code, said } = await asked(["import", "--db", path, "--dry-run"], { input: asLines(all) });
  const expected = { ok: true, lines: 3, written: 3, stale: 0, rejected: {}, dryRun: true };
  assert.deepEqual([code, said, existsSync(path)], [0, expected, false]);
});

test("a dry run refuses what the real run would refuse", async () => {
  const path = await databaseOf(all);
  const input = asLines(all);
  const dryRun = ["import", "--db", path, "--dry-run", "--identity", "owner"];
  assertSentence(await dbsharing(dryRun, { input }), 2, /written with --identity record, not owner/);
});

test("a dry run refuses a file as the database, and leaves it unchanged", async () => {
  const path = freshPath();
  await writeFile(path, "mine");
  const before = await hashesOf(path);
  const run = await dbsharing(["import", "--db", path, "--dry-run"], { input: asLines(all) });
  assertSentence(run, 2, /cannot be opened: it is a file; wanted a folder/);
  assert.deepEqual(await hashesOf(path), before);
});

for (const signal of ["SIGTERM", "SIGINT"]) {
  test(`${signal} during an import leaves nothing in the folder for temporary files`, async () => {
    const { place, env } = await temporaryPlace();
    const source = await levelOf(all);
    const child = spawn(process.execPath, [MAIN, "import", source, "-", "--db", freshPath()], {
      env,
      stdio: ["pipe", "ignore", "pipe"],
    });
    const ended = once(child, "close");
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    // Its standard input has no end, so it is still running.
    while ((await readdir(place)).length === 0 && child.exitCode === null) await new Promise(setImmediate);
    child.kill(signal);
    assert.deepEqual(await ended, [null, signal]);
    assert.match(stderr, /^interrupted: \d+ written; run it again$/m);
    assert.deepEqual(await readdir(place), []);
  });
}

test("an import that succeeds or fails leaves nothing in the folder for temporary files", async () => {
  const { place, env } = await temporaryPlace();
  const source = await levelOf(all);
  for (const [files, expected] of [
    [[source], 0],
    [[source, freshPath()], 2],
  ]) {
    const child = spawn(process.execPath, [MAIN, "import", ...files, "--db", freshPath()], { env, stdio: "ignore" });
    const [code] = await once(child, "exit");
    assert.deepEqual([code, await readdir(place)], [expected, []]);
  }
});

test("if the folder for temporary files cannot be written to, a sentence says so", async () => {
  const env = { ...process.env, TMPDIR: freshPath() };
  const child = spawn(process.execPath, [MAIN, "import", await levelOf(all), "--db", freshPath()], { env });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const [code] = await once(child, "close");
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^dbsharing import: cannot make a folder in .*: there is no such folder; set TMPDIR to another folder$/m,
  );
});

test("a hostile line of a NeDB file affects no other line", async () => {
  const path = freshPath();
  const key = all[0].publicKey;
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const lines = [
    '{"_id":"1","linktree":null,"linktreeId":7}',
    `{"_id":"2","linktreeId":"linktree:${key}","linktree":{"uuid":"a","timestamp":1,"deep":${deep}}}`,
    `{"_id":"3","proofsId":"proofs:${key}","proofs":{"publicKey":"${key}","signature":"${"1".repeat(90)}"}}`,
    `{"_id":"4","linktreeId":"linktree:${key}","linktree":${JSON.stringify({ ...all[0], __proto__: null, constructor: 1 })},"__proto__":{"data":{}}}`,
    '{"_id":"dbsharing/r/x","version":1,"text":7}',
    '{"_id":"dbsharing/journal","documents":{"length":1e9}}',
    '{"_id":{"$oid":"5"}}',
    "7",
    "\u0000",
    `{"_id":"6","linktree":"{not json","key":"x"}`,
    `{"_id":"7","linktreeId":"linktree:${key}","linktree":"${"x".repeat(MIB)}"}`,
    `{"_id":"8","linktreeId":"linktree:${key}","linktree":{"data":{"uuid":"b","timestamp":{"$$date":1e999}},"publicKey":"${key}","signature":"x"}}`,
    `{"_id":"9","linktreeId":"linktree:${key}","linktree":{"data":{"uuid":"b"},"publicKey":"${key.repeat(9)}"}}`,
  ];
  await writeFile(path, lines.join("\n"));
  const { code, said } = await asked(["import", path, "--db", freshPath()]);
  assert.deepEqual([code, said.written, said.lines], [1, 1, lines.length]);
  assert.deepEqual(said.rejected.TOO_LARGE.lines, [11, 2]);
  assert.deepEqual(said.rejected.BAD_SHAPE.lines.includes(9), true);
});

test("a long NeDB file is never held whole in memory", async () => {
  const file = freshPath();
  const out = createWriteStream(file);
  const padding = "x".repeat(MIB / 2);
  const write = (document) => out.write(`${JSON.stringify(document)}\n`) || once(out, "drain");
  for (let at = 0; at < 300; at += 1) await write({ padding, _id: `padding ${at % 200}` });
  for (let at = 0; at < 100_000; at += 1) await write({ key: `k${at}`, _id: `other ${at}` });
  await write({ ...shape.record(all[0].publicKey, all[0].data), _id: "record" });
  await write({ ...shape.proof(all[0].publicKey, proofOf(all[0])), _id: "proof" });
  out.end();
  await once(out, "close");
  const reporter = `${file}.cjs`;
  await writeFile(reporter, 'process.on("exit", () => process.stderr.write(String(process.resourceUsage().maxRSS * 1024)));');
  const node = ["--max-old-space-size=64", "--require", reporter];
  const { code, stdout, stderr } = await dbsharing(["import", file, "--db", freshPath(), "--json"], { node });
  const { lines, joined } = JSON.parse(stdout);
  assert.deepEqual([code, lines, joined], [0, 100_202, 1]);
  assert.ok(Number(stderr) < 250 * MIB, `${Number(stderr) / MIB} MiB`);
});

test("records without a signature find their proofs, even more of them than are joined at a time", async () => {
  const file = freshPath();
  const owners = Array.from({ length: 1200 }, (_, number) => signer(number));
  const list = owners.map((by, number) => record(`page ${number}`, { by }));
  const documents = [
    ...list.map((one) => shape.record(one.publicKey, one.data)),
    ...list.map((one) => shape.proof(one.publicKey, proofOf(one))),
  ];
  await writeFile(file, asLines(documents.map((one, _id) => ({ ...one, _id: String(_id) }))));
  const path = freshPath();
  const { code, said } = await asked(["import", file, "--db", path]);
  assert.deepEqual([code, said.joined, said.written], [0, 1200, 1200]);
  assert.deepEqual(await entriesOf(path), await entriesOf(await databaseOf(list)));
});

test("a copy of a LevelDB folder without its lock is imported", async () => {
  const [source, copy] = [await levelOf(records(1)), freshPath()];
  await cp(source, copy, { recursive: true, filter: (path) => !path.endsWith("LOCK") });
  const before = await hashesOf(copy);
  assert.equal((await asked(["import", copy, "--db", freshPath()])).said.written, 1);
  assert.deepEqual(await hashesOf(copy), before);
});
