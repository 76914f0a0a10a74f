// check and stats, and whatever keeps a command from using a node's folder: real commands over real databases.
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { ClassicLevel } from "classic-level";

import { recordKey, verifyRecord } from "../../js/index.js";
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
import { record, records, signed, signer } from "./fixtures/records.js";
import { dbsharing } from "./run-command.js";

// Check and stats

test("check finds each kind of damage, and lists at most twenty entries", async () => {
  const path = await databaseOf(records(40));
  const entries = await entriesOf(path);
  const [one, two, three, four, five] = entries;
  const later = (version) => `${"f".repeat(13)}0${version.slice(14)}`;
  await withLevel(path, async (_, db) => {
    const held = db.sublevel("dbsharing", { keyEncoding: "utf8", valueEncoding: "utf8" });
    await held.batch([
      { type: "put", key: one.key, value: one.version + one.text.replace("[]", "{}") },
      { type: "put", key: two.key, value: later(two.version) + two.text },
      { type: "put", key: three.key, value: three.version + three.text.slice(0, -1) },
      { type: "put", key: four.key, value: four.version + five.text },
      { type: "put", key: five.key, value: "" },
      { type: "put", key: "\u001b[31m", value: "damaged" },
    ]);
  });
  const { code, said } = await asked(["check", "--db", path]);
  assert.equal(code, 1);
  assert.deepEqual([said.ok, said.records, said.sound], [false, 41, 35]);
  const readable = (await entriesOf(path)).filter(({ version }) => version !== "");
  assert.equal(said.digest, await digestInNode(readable), "the digest of all entries that have a version");
  assert.deepEqual(said.failed, { BAD_SIGNATURE: 1, WRONG_VERSION: 1, BAD_SHAPE: 2, WRONG_KEY: 2 });
  assert.deepEqual(
    said.faults.slice(0, 5).map(({ key, code: fault }) => [key, fault]),
    [
      [one.key, "BAD_SIGNATURE"],
      [two.key, "WRONG_VERSION"],
      [three.key, "BAD_SHAPE"],
      [four.key, "WRONG_KEY"],
      [five.key, "BAD_SHAPE"],
    ],
  );
  const forPeople = await dbsharing(["check", "--db", path]);
  assert.equal(forPeople.code, 1);
  assert.match(forPeople.stdout, /^\\u\{1b\}\[31m {2}WRONG_KEY {2}no record has such a key$/m);
  assert.match(forPeople.stdout, /^35 of 41 records are sound; wrong: BAD_SHAPE 2, /m);
  assert.doesNotMatch(forPeople.stdout, /\u001b/);

  await withLevel(path, async (_, db) => {
    const held = db.sublevel("dbsharing", { keyEncoding: "utf8", valueEncoding: "utf8" });
    await held.batch(entries.map(({ key, version, text }) => ({ type: "put", key, value: version + text.slice(1) })));
  });
  const all = await dbsharing(["check", "--db", path]);
  assert.equal(all.stdout.match(/ {2}BAD_SHAPE {2}/g).length, 20);
  assert.match(all.stdout, /^… and 21 others$/m);
});

test("export and import into a new folder repair a damaged database", async () => {
  const path = await databaseOf(records(30));
  const [one, two, three, ...rest] = await entriesOf(path);
  await withLevel(path, async (_, db) => {
    const held = db.sublevel("dbsharing", { keyEncoding: "utf8", valueEncoding: "utf8" });
    await held.put(one.key, one.version + one.text.slice(0, -9));
    await held.put(two.key, "");
    await held.put("elsewhere", three.version + three.text);
  });
  const file = join(folder, "rescued.ndjson");
  assert.equal((await dbsharing(["export", "--db", path, "--out", file])).code, 0);
  const mended = freshPath();
  const { code, said } = await asked(["import", file, "--db", mended]);
  assert.deepEqual([code, said.written, said.stale, Object.keys(said.rejected)], [1, 28, 1, ["BAD_SHAPE"]]);
  assert.deepEqual(await entriesOf(mended), [three, ...rest]);
  assert.equal((await asked(["check", "--db", mended])).code, 0);
});

test("a record dated ahead of this machine's clock is sound", async () => {
  const path = freshPath();
  const entry = await entryInNode(record("ahead", { timestamp: Date.now() + 300_000 }));
  const { key, version } = verifyRecord(record("far ahead", { timestamp: 2 ** 53 - 1 }), { now: 2 ** 53 - 1 });
  const far = { key, version, text: JSON.stringify(record("far ahead", { timestamp: 2 ** 53 - 1 })) };
  await withLevel(path, (store) => store.write([entry, far]));
  assert.equal((await asked(["check", "--db", path])).code, 0);
  assert.match((await asked(["stats", "--db", path])).said.newest, /^9007199254740991 ms since 1970$/);
});

test("stats counts records, keys and bytes, and prints the times, the largest record and the digest", async () => {
  const largest = record("largest", { timestamp: 1_650_000_000_000, text: "é".repeat(500) });
  const other = signed({ uuid: "b", timestamp: 1_750_000_000_000 }, signer(2));
  const path = await databaseOf([record("a"), largest, other]);
  const entries = await entriesOf(path);
  const { code, said } = await asked(["stats", "--db", path]);
  assert.equal(code, 0);
  assert.deepEqual(said, {
    records: 3,
    keys: 2,
    bytes: entries.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
    oldest: "2022-04-15T05:20:00.000Z",
    newest: "2025-06-15T15:06:40.000Z",
    largest: {
      key: recordKey(largest.publicKey, "largest"),
      bytes: Buffer.byteLength(JSON.stringify(largest)),
    },
    digest: await digestInNode(entries),
  });
  const forPeople = await dbsharing(["stats", "--db", path]);
  assert.match(forPeople.stdout, /^records {3}3\nkeys {6}2\ntext {6}1\.\d kB\noldest {4}2022-04-15T05:20:00\.000Z\n/);
});

test("an empty database is sound, exports nothing, and has the digest of the empty set", async () => {
  const path = freshPath();
  assert.equal((await dbsharing(["import", "--db", path])).code, 1, "an import of nothing does not succeed");
  assert.equal((await dbsharing(["export", "--db", path])).stdout, "");
  const { code, said } = await asked(["check", "--db", path]);
  assert.deepEqual([code, said.records, said.digest], [0, 0, await digestInNode([])]);
  const { said: stats } = await asked(["stats", "--db", path]);
  assert.deepEqual(stats, { records: 0, keys: 0, bytes: 0, digest: await digestInNode([]) });
});

// Failures

test("if there is no database, export, check and stats say so and create none", async () => {
  const nowhere = freshPath();
  for (const name of ["export", "check", "stats"]) {
    assertSentence(
      await dbsharing([name, "--db", nowhere]),
      2,
      /there is no folder .*; wanted in --db: the folder that was given to node --data/,
    );
    assertSentence(await dbsharing([name, "--db", folder]), 2, /there is no database in the folder/);
  }
  assertSentence(await dbsharing(["import", join(folder, "gone"), "--db", nowhere]), 2, /there is no such file/);
  assertSentence(
    await dbsharing(["import", folder, "--db", nowhere]),
    2,
    /is a folder without a LevelDB; in it are .*: give the file that you mean/,
  );
  await assert.rejects(stat(nowhere), { code: "ENOENT" });
});

test("a database that another process has open is reported as in use, with its code", async () => {
  const path = await databaseOf(records(1));
  await withLevel(path, async (store) => {
    await store.getMany(["a"]);
    for (const name of ["export", "import", "check", "stats"]) {
      assertSentence(
        await dbsharing([name, "--db", path]),
        2,
        /is in use by another process; stop that one first \(LEVEL_LOCKED\)/,
      );
    }
  });
});

test("a damaged database is reported with its code and the remedy, and check --repair repairs it", async () => {
  const path = await databaseOf(records(3000));
  await withLevel(path, (_, db) => db.compactRange("\u0000", "~"));
  const [table] = (await readdir(path)).filter((name) => name.endsWith(".ldb"));
  const content = await readFile(join(path, table));
  content.fill(0xff, 1000, 3000);
  await writeFile(join(path, table), content);
  for (const name of ["export", "check", "stats"]) {
    const { code, stderr } = await dbsharing([name, "--db", path]);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^dbsharing \w+: the database in .* failed: .*; it is damaged: dbsharing check --repair .* \(LEVEL_CORRUPTION\)\n$/,
    );
  }
  const lastExport = join(folder, "last.ndjson");
  await writeFile(lastExport, "whole");
  assert.equal((await dbsharing(["export", "--db", path, "--out", lastExport])).code, 2);
  assert.equal(await readFile(lastExport, "utf8"), "whole", "a partial export replaces nothing");
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith(".partial")),
    [],
  );
  await writeFile(join(path, "CURRENT"), "");
  assertSentence(await dbsharing(["stats", "--db", path]), 2, /cannot be opened: .*dbsharing check --repair/);
  const { code, said } = await asked(["check", "--repair", "--db", path]);
  assert.equal(code, 0);
  assert.ok(said.records > 1000 && said.records < 3000, `${said.records} records`);
  await withLevel(path, async (store) => {
    await store.getMany(["a"]);
    assertSentence(await dbsharing(["check", "--repair", "--db", path]), 2, /is in use by another process/);
  });
  assertSentence(await dbsharing(["check", "--repair", "--db", freshPath()]), 2, /there is no folder/);
});

test("no command creates a new database in place of one that has lost its file CURRENT", async () => {
  const path = await databaseOf(records(3));
  const source = freshPath();
  await writeFile(source, asLines(records(1)));
  await rm(join(path, "CURRENT"));
  const before = await readdir(path);
  const node = ["node", "--task-id", "task", "--service-url", "http://127.0.0.1:9", "--data", path, "--port", "0"];
  for (const args of [["import", source, "--db", path], ["check", "--db", path], ["export", "--db", path], node]) {
    assertSentence(
      await dbsharing(args),
      2,
      /its file CURRENT is missing; it is damaged: dbsharing check --repair .* \(LEVEL_CORRUPTION\)$/m,
    );
  }
  assert.deepEqual(await readdir(path), before);
  const { code, said } = await asked(["check", "--repair", "--db", path]);
  assert.deepEqual([code, said.records], [0, 3]);
});

test("a database whose damage crashes the repair is reported as beyond repair", async () => {
  const path = freshPath();
  const db = new ClassicLevel(path, { compression: false });
  const keys = Array.from({ length: 100 }, (_, number) => `!dbsharing!${1000 + number}`);
  await db.batch(keys.map((key) => ({ type: "put", key, value: "x" })));
  await db.compactRange("", "~");
  await db.close();
  const [table] = (await readdir(path)).filter((name) => name.endsWith(".ldb"));
  const content = await readFile(join(path, table));
  content[content.indexOf(keys[0])] = "~".charCodeAt(0); // so that the keys are not ascending, which LevelDB asserts
  await writeFile(join(path, table), content);
  const beyondRepair =
    /cannot be repaired: it is damaged in a way that LevelDB cannot repair; move the folder away .* \(LEVEL_CORRUPTION\)$/m;
  assertSentence(await dbsharing(["check", "--repair", "--db", path]), 2, beyondRepair);
});

test("a database of the other identity is checked under its own identity", async () => {
  const path = await databaseOf(records(2));
  const refused = /written with --identity record, not owner; give --identity record/;
  assertSentence(await dbsharing(["check", "--db", path, "--identity", "owner"]), 2, refused);
  const node = ["node", "--task-id=t", "--service-url=http://127.0.0.1:9", "--port=0", "--data", path, "--identity=owner"];
  assertSentence(await dbsharing(node), 2, refused);
});

/** Runs `work(main, modules)` with a copy of the package that cannot reach anything of this checkout. */
async function withBarePackage(work) {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const bare = await mkdtemp(join(tmpdir(), "dbsharing-bare-"));
  const modules = join(bare, "node_modules");
  try {
    for (const part of ["js", "pkg", "package.json"]) await cp(join(root, part), join(bare, part), { recursive: true });
    await mkdir(modules);
    await work(join(bare, "js/cli/main.js"), modules);
  } finally {
    await rm(bare, { recursive: true, force: true });
  }
}

test("without classic-level each command says what to install", async () => {
  const path = await databaseOf([]);
  await withBarePackage(async (main) => {
    for (const name of ["export", "import", "check", "stats"]) {
      const result = await dbsharing([name, "--db", path], { main });
      assertSentence(result, 2, /run: npm install classic-level \(MISSING_DRIVER\)/);
    }
  });
});

test("classic-level is found through a symbolic link, with a pipe as standard input too", async () => {
  await withBarePackage(async (main, modules) => {
    const installed = dirname(createRequire(import.meta.url).resolve("classic-level/package.json"));
    await symlink(await realpath(installed), join(modules, "classic-level"));
    const { code, stdout, stderr } = await dbsharing(["import", "--db", freshPath(), "--json"], {
      main,
      input: asLines(records(3)),
    });
    assert.deepEqual([code, stderr, JSON.parse(stdout || "{}").written], [0, "", 3]);
  });
});

test("if classic-level is installed but cannot be loaded, the message says why", async () => {
  await withBarePackage(async (main, modules) => {
    const driver = join(modules, "classic-level");
    await mkdir(driver);
    for (const [source, reason] of [
      [
        'throw new Error("No native build was found for this machine\\nmore")',
        /cannot be loaded: No native build was found for this machine; install it again$/m,
      ],
      ['require("abstract-level")', /cannot be loaded: Cannot find module 'abstract-level'; install it again$/m],
    ]) {
      await writeFile(join(driver, "index.js"), source);
      assertSentence(await dbsharing(["import", "--db", freshPath()], { main, input: asLines(records(1)) }), 2, reason);
    }
  });
});
