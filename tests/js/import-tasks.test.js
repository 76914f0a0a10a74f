// import of databases of published tasks: NeDB files and LevelDB folders, in each shape, with and without signatures.
import assert from "node:assert/strict";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";

import { ClassicLevel } from "classic-level";
import Datastore from "nedb-promises";

import { createSharing } from "../../js/index.js";
import { levelStore } from "../../js/stores/level.js";
import { nedbStore } from "../../js/stores/nedb.js";
import { asked, asLines, databaseOf, entriesOf, freshPath } from "./fixtures/node-folders.js";
import { asItems, record, records, signed, signer } from "./fixtures/records.js";
import { hashesOf, nedbShapes, proofOf, withNedb, writeLevelup } from "./fixtures/task-databases.js";
import { dbsharing } from "./run-command.js";

const owners = [1, 2, 3].map((number) => signer(number));
const all = owners.map((by, number) => record(`page ${number}`, { by, 8: "\u2028 é 🙂", 1: [null, { z: 1, a: 0.1 }] }));
const tampered = { ...all[2], data: { ...all[2].data, uuid: "another" } };

/** Imports the sources into a new database. Resolves with what was printed and what the database then holds. */
async function imported(sources, { more = [], input } = {}) {
  const path = freshPath();
  const before = await Promise.all(sources.map((source) => (source === "-" ? "" : hashesOf(source))));
  const { code, said } = await asked(["import", ...sources, "--db", path, ...more], { input });
  const after = await Promise.all(sources.map((source) => (source === "-" ? "" : hashesOf(source))));
  assert.deepEqual(after, before, "the sources are unchanged");
  return { code, said, entries: await entriesOf(path) };
}

async function assertHolds(entries, expected) {
  assert.deepEqual(entries, await entriesOf(await databaseOf(expected)));
}

async function nedbOf(documents) {
  const path = freshPath();
  await withNedb(path, async (db) => {
    for (const document of documents) await db.insert(document);
  });
  return path;
}

for (const [name, shape] of Object.entries(nedbShapes)) {
  test(`a NeDB file is imported as ${name} keeps records`, async () => {
    const path = await nedbOf([
      ...all.map((one) => shape.record(one.publicKey, one)),
      ...all.map((one) => shape.proof(one.publicKey, proofOf(one))),
      { NodeProofsCidId: "node_proofs:3", cid: "bafy" },
      { authListId: `auth_list:${owners[0].publicKey}`, pubkey: owners[0].publicKey },
    ]);
    const { code, said, entries } = await imported([path]);
    const counts = { read: 8, records: 3, unsigned: 0, proofs: 3, unreadable: 0, ignored: 2 };
    const sources = [{ file: path, kind: "nedb", ...counts }];
    assert.deepEqual([code, said], [0, { ok: true, lines: 8, written: 3, stale: 0, rejected: {}, joined: 0, sources }]);
    await assertHolds(entries, all);
  });

  test(`records without a signature are joined with their proofs as ${name} keeps them`, async () => {
    const [first, second, third] = all;
    const path = await nedbOf([
      shape.record(first.publicKey, first.data),
      shape.record(second.publicKey, { data: second.data, publicKey: second.publicKey }),
      shape.record(third.publicKey, third.data),
      ...[record("older", { by: owners[0] }), ...all].map((one) => shape.proof(one.publicKey, proofOf(one))),
    ]);
    const { code, said, entries } = await imported([path]);
    assert.deepEqual([code, said.written, said.joined, said.sources[0].unsigned], [0, 3, 3, 3]);
    await assertHolds(entries, all);
  });
}

for (const [name, proof] of Object.entries({
  "a signature alone": ({ signature }) => signature,
  "a whole record": (one) => one,
})) {
  test(`a proof may be ${name}, in a NeDB file, in a LevelDB, and one on each line`, async () => {
    const shape = nedbShapes["a model"];
    const documents = all.flatMap((one) => [shape.record(one.publicKey, one.data), shape.proof(one.publicKey, proof(one))]);
    const level = freshPath();
    const entries = all.flatMap((one) => [
      [`linktree:${one.publicKey}`, one.data],
      [`proofs:${one.publicKey}`, proof(one)],
    ]);
    await writeLevelup(level, entries);
    for (const [source, input] of [[await nedbOf(documents)], [level], ["-", asLines(documents)]]) {
      const { code, said, entries: held } = await imported([source], { input });
      assert.deepEqual([code, said.joined, said.rejected], [0, all.length, {}]);
      await assertHolds(held, all);
    }
  });
}

test("records that are documents themselves are imported without the fields that NeDB adds", async () => {
  const { code, entries } = await imported([await nedbOf(all)]);
  assert.equal(code, 0);
  await assertHolds(entries, all);
});

test("a LevelDB folder of the first generation is imported", async () => {
  const path = freshPath();
  await writeLevelup(path, [
    ...all.map((one) => [`linktree:${one.publicKey}`, one]),
    ...all.map((one) => [`proofs:${one.publicKey}`, proofOf(one)]),
    ["node_proofs:3", "bafy"],
    [`auth_list:${owners[0].publicKey}`, owners[0].publicKey],
  ]);
  const { code, said, entries } = await imported([path]);
  const sources = [{ file: path, kind: "leveldb", read: 8, records: 3, unsigned: 0, proofs: 3, unreadable: 0, ignored: 2 }];
  assert.deepEqual([code, said], [0, { ok: true, lines: 8, written: 3, stale: 0, rejected: {}, joined: 0, sources }]);
  await assertHolds(entries, all);
});

test("data alone in a LevelDB is joined with its proof, and is rejected without one or with a wrong one", async () => {
  const path = freshPath();
  await writeLevelup(path, [
    ...[all[0], all[1], tampered].map((one) => [`linktree:${one.publicKey}`, one.data]),
    [`proofs:${all[0].publicKey}`, proofOf(all[0])],
    [`proofs:${tampered.publicKey}`, proofOf(tampered)],
  ]);
  const { code, said, entries } = await imported([path]);
  assert.deepEqual([code, said.joined, said.written], [1, 1, 1]);
  const { BAD_SHAPE, BAD_SIGNATURE } = said.rejected;
  assert.deepEqual([BAD_SHAPE.count, BAD_SHAPE.message], [1, "it has no signature, and there is no proof of its public key"]);
  assert.equal(BAD_SIGNATURE.count, 1);
  assert.match(BAD_SIGNATURE.message, /^joined with the proof of its public key: /);
  await assertHolds(entries, [all[0]]);
});

test("records and proofs may be in several files of several kinds, in any order", async () => {
  const shape = nedbShapes["a model"];
  const proofs = await nedbOf([shape.proof(all[0].publicKey, proofOf(all[0]))]);
  const folder = freshPath();
  await writeLevelup(
    folder,
    all.slice(0, 2).map((one) => [`linktree:${one.publicKey}`, one.data]),
  );
  const list = freshPath();
  await writeFile(list, JSON.stringify([{ key: `linktree:${all[2].publicKey}`, value: all[2].data }]));
  const proofsOfTwo = all.slice(1).map((one) => ({ key: `proofs:${one.publicKey}`, value: proofOf(one) }));
  const { code, said, entries } = await imported([proofs, folder, list, "-"], { input: asLines(proofsOfTwo) });
  assert.deepEqual([code, said.joined, said.sources.map(({ kind }) => kind)], [0, 3, ["nedb", "leveldb", "list", "lines"]]);
  await assertHolds(entries, all);
});

test("rejected lines are reported with their numbers and their file", async () => {
  const [one, two] = [freshPath(), freshPath()];
  await writeFile(one, asLines([tampered]));
  await writeFile(two, asLines([all[0], tampered]));
  const { said } = await imported([one, two]);
  assert.deepEqual(
    [said.rejected.BAD_SIGNATURE.lines, said.rejected.BAD_SIGNATURE.files],
    [
      [1, 2],
      [one, two],
    ],
  );
  const { stdout } = await dbsharing(["import", one, two, "--db", freshPath()]);
  assert.ok(stdout.includes(`  BAD_SIGNATURE  line 1 of ${one}; line 2 of ${two}; the first: line 1 of ${one}: `), stdout);
});

test("a rejected entry of a LevelDB is reported with its key", async () => {
  const path = freshPath();
  await writeLevelup(path, [
    ["linktree:a", all[0]],
    ["linktree:b", tampered],
    ["linktree:c", tampered],
  ]);
  const { said } = await imported([path]);
  assert.deepEqual(said.rejected.BAD_SIGNATURE.keys, ["linktree:b", "linktree:c"]);
  const { stdout } = await dbsharing(["import", path, "--db", freshPath()]);
  assert.match(stdout, /^ {2}BAD_SIGNATURE {2}keys linktree:b, linktree:c; the first: key linktree:b: /m);
});

test("the written, held and rejected records add up to those found", async () => {
  const path = await nedbOf(all.map((one) => nedbShapes["a model"].record(one.publicKey, one)));
  await appendFile(path, '{"torn');
  const lines = freshPath();
  await writeFile(lines, `<html>\n${asLines(all.slice(0, 1))}`);
  const { stdout } = await dbsharing(["import", path, lines, "--db", freshPath()]);
  assert.match(stdout, /a NeDB file of 4 documents: 3 records, 1 that cannot be read as a record$/m);
  assert.match(stdout, /: 2 lines: 1 record, 1 that cannot be read as a record$/m);
  assert.match(stdout, /^6 records: 3 written, 1 held already or older, 2 rejected: BAD_SHAPE 2$/m);
});

test("the last line of an _id counts, and removed documents are not imported", async () => {
  const shape = nedbShapes["a model"];
  const path = freshPath();
  await withNedb(path, async (db) => {
    await db.ensureIndex({ fieldName: "linktreeId", sparse: true });
    const [kept, edited, removed] = await Promise.all(all.map((one) => db.insert(shape.record(one.publicKey, one))));
    await db.update({ _id: edited._id }, { $set: { linktree: record("renamed", { by: owners[1] }) } });
    await db.remove({ _id: removed._id }, {});
    assert.ok(kept);
  });
  assert.equal((await readFile(path, "utf8")).trimEnd().split("\n").length, 6);
  const { code, said, entries } = await imported([path]);
  assert.deepEqual([code, said.lines, said.written], [0, 2, 2]);
  await assertHolds(entries, [all[0], record("renamed", { by: owners[1] })]);
});

test("a document longer than 1 MiB hides neither a NeDB file nor a newer version of another document", async () => {
  const shape = nedbShapes["a model"];
  const pad = "x".repeat(1.2 * 1024 * 1024);
  const [removed, replaced, kept] = all.map((one, at) => ({ ...shape.record(one.publicKey, one), _id: String(at) }));
  const documents = [
    { pad, _id: "padding" },
    removed,
    replaced,
    kept,
    { $$deleted: true, _id: "0" },
    { _id: "1", ...replaced, pad },
  ];
  const path = freshPath();
  await writeFile(path, asLines(documents));
  for (const [args, options] of [
    [[path], {}],
    [["-"], { input: asLines(documents) }],
  ]) {
    const { code, said } = await asked(["import", ...args, "--db", freshPath()], options);
    const [{ kind, ignored }] = said.sources;
    assert.deepEqual([code, kind, said.written, ignored, said.rejected.TOO_LARGE.lines], [1, "nedb", 1, 1, [6]]);
  }
  await writeFile(path, asLines(documents.slice(0, -1)));
  assert.deepEqual((await asked(["import", path, "--db", freshPath()])).code, 0);
});

test("a first line longer than 1 MiB does not turn lines of records into a NeDB file", async () => {
  const { code, said } = await asked(["import", "--db", freshPath()], {
    input: asLines(["x".repeat(1.2 * 1024 * 1024), ...all]),
  });
  assert.deepEqual([code, said.lines, said.written, said.rejected.TOO_LARGE.lines], [1, all.length + 1, all.length, [1]]);
});

test("a NeDB line with characters at which NeDB breaks lines is read whole, and a torn one is rejected", async () => {
  const path = freshPath();
  const line = (one) => `${JSON.stringify({ ...nedbShapes["a model"].record(one.publicKey, one), _id: one.data.uuid })}\n`;
  await writeFile(path, `${line(all[0])}${line(all[1])}`);
  await appendFile(path, line(all[2]).slice(0, -30));
  const { code, said, entries } = await imported([path]);
  assert.deepEqual([code, said.written, said.rejected.BAD_SHAPE.lines], [1, 2, [3]]);
  assert.match(said.rejected.BAD_SHAPE.message, /cut off or damaged/);
  await assertHolds(entries, all.slice(0, 2));
});

test("a Date that NeDB keeps as an object is verified as text, and an object that only looks like one as it is", async () => {
  const at = new Date(5);
  const dated = signed({ uuid: "dated", timestamp: 1, at }, owners[0]);
  const alike = signed({ uuid: "alike", timestamp: 1, at: { $$date: 5 } }, owners[1]);
  const path = await nedbOf([dated, alike].map((one) => nedbShapes["a model"].record(one.publicKey, one)));
  assert.equal((await readFile(path, "utf8")).split('{"$$date":5}').length, 3);
  const { code, entries } = await imported([path]);
  assert.equal(code, 0);
  await assertHolds(entries, [dated, alike]);
});

test("a NeDB file from standard input is imported", async () => {
  const path = await nedbOf(all.map((one) => nedbShapes["a model"].record(one.publicKey, one)));
  const { code, said, entries } = await imported(["-"], { input: await readFile(path) });
  assert.deepEqual([code, said.sources[0].file, said.sources[0].kind], [0, "standard input", "nedb"]);
  await assertHolds(entries, all);
});

test("databases of nedbStore are imported, with a named collection too", async () => {
  const path = freshPath();
  const db = Datastore.create(path);
  for (const [number, name] of [undefined, "other"].entries()) {
    const store = nedbStore(db, { name });
    await createSharing({ db: store }).putMany([all[number], all[number + 1]]);
    await store.close();
  }
  const { code, said, entries } = await imported([path]);
  assert.deepEqual([code, said.written, said.stale, said.sources[0].ignored], [0, 3, 1, 0]);
  await assertHolds(entries, all);
});

test("databases of levelStore are imported, from a part of a database too", async () => {
  const path = freshPath();
  const db = new ClassicLevel(path);
  for (const [number, part] of [db, db.sublevel("part"), db.sublevel("part").sublevel("inner")].entries()) {
    await createSharing({ db: levelStore(part) }).put(all[number]);
  }
  await db.close();
  const { code, said, entries } = await imported([path]);
  assert.deepEqual([code, said.written, said.sources[0].ignored], [0, 3, 0]);
  await assertHolds(entries, all);
});

test("a saved body whose records lack their signature is joined with the saved proofs", async () => {
  const [body, proofs] = [freshPath(), freshPath()];
  await writeFile(body, JSON.stringify(asItems(all).map(({ key, value }) => ({ key, value: value.data }))));
  await writeFile(proofs, JSON.stringify(all.map(proofOf)));
  const { code, said, entries } = await imported([body, proofs]);
  assert.deepEqual([code, said.joined], [0, 3]);
  await assertHolds(entries, all);
});

test("documents of a task, one on each line and without the fields that NeDB adds, are imported", async () => {
  const shape = nedbShapes["a model"];
  const documents = [shape.record(all[0].publicKey, all[0]), shape.record(all[1].publicKey, all[1].data)];
  const input = asLines([...documents, shape.proof(all[1].publicKey, proofOf(all[1])), shape.record("x", tampered)]);
  const { code, said, entries } = await imported(["-"], { input });
  assert.deepEqual([code, said.written, said.joined, said.rejected.BAD_SIGNATURE.lines], [1, 2, 1, [4]]);
  await assertHolds(entries, all.slice(0, 2));
});

test("with --identity owner import keeps one record of a task for each public key", async () => {
  const shape = nedbShapes["a model"];
  const [older, newer] = [record("a", { timestamp: 1 }), record("b", { timestamp: 2 })];
  const path = await nedbOf([newer, older].map((one) => shape.record(one.publicKey, one)));
  const { code, entries } = await imported([path], { more: ["--identity", "owner"] });
  assert.deepEqual([code, entries.map(({ key, text }) => [key, JSON.parse(text)])], [0, [[newer.publicKey, newer]]]);
});

test("without --json it prints what it found, joined and left out", async () => {
  const shape = nedbShapes["a model"];
  const path = await nedbOf([
    shape.record(all[0].publicKey, all[0]),
    shape.record(all[1].publicKey, all[1].data),
    shape.record(all[2].publicKey, all[2].data),
    shape.proof(all[1].publicKey, proofOf(all[1])),
    { other: true },
  ]);
  const { code, stdout } = await dbsharing(["import", path, "--db", freshPath()]);
  assert.equal(code, 1);
  assert.deepEqual(stdout.trimEnd().split("\n"), [
    `${path}: a NeDB file of 5 documents: 1 record, 2 without a signature, 1 proof, 1 of other kinds, left out`,
    "3 records: 2 written, 0 held already or older, 1 rejected: BAD_SHAPE 1",
    "1 of 2 without a signature joined with their proofs",
    "  BAD_SHAPE  line 3: it has no signature, and there is no proof of its public key",
  ]);
});

test("many records of one public key are matched with their proofs", async () => {
  const several = records(40, { by: owners[0] });
  const shape = nedbShapes["a model"];
  const path = await nedbOf([
    ...several.slice(0, 20).map((one) => shape.record(one.publicKey, one.data)),
    ...several.slice(0, 20).map((one) => shape.proof(one.publicKey, proofOf(one))),
  ]);
  const { code, said } = await imported([path]);
  assert.deepEqual([code, said.joined], [0, 20]);
});
