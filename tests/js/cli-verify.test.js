// dbsharing verify: the verdict on each item of a saved body.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";

import { signRecord } from "../../js/index.js";
import { assertSentence } from "./fixtures/node-folders.js";
import { dbsharing } from "./run-command.js";

const SEED = new Uint8Array(32).fill(7);

const folder = await mkdtemp(join(tmpdir(), "dbsharing-verify-"));
after(() => rm(folder, { recursive: true, force: true }));

async function file(name, content) {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

function recordOf(uuid, timestamp = 1) {
  return signRecord({ uuid, linktree: [{ label: "é🙂" }], timestamp }, SEED);
}

test("an empty file, an HTML page and a compressed file are named as that", async () => {
  for (const [content, code, said] of [
    ["", 1, /it is empty/],
    ["<html>", 1, /looks like a page/],
    [gzipSync("[]"), 2, /is compressed with gzip; decompress it first/],
  ]) {
    assertSentence(await dbsharing(["verify", await file("odd", content)]), code, said);
  }
});

test("verify and sign ask about a timestamp that looks wrong although the rules accept it", async () => {
  const seconds = recordOf("seconds", 1_764_000_000);
  const body = await file("seconds.json", JSON.stringify([seconds]));
  assert.match((await dbsharing(["verify", body])).stdout, /ok .*is this right\? .*second/);
  const { stdout } = await dbsharing(["verify", body, "--json"]);
  assert.match(JSON.parse(stdout).verdicts[0].hint, /second/);
  const key = await file("key.json", JSON.stringify([...SEED]));
  const signed = await dbsharing(["sign", "--key", key], { input: JSON.stringify(seconds.data) });
  assert.deepEqual([signed.code, JSON.parse(signed.stdout)], [0, seconds]);
  assert.match(signed.stderr, /^is this right\? .*second/);
});

test("verify prints a verdict on each item, and ends with 1 if one is rejected", async () => {
  const good = recordOf("good");
  const bad = { ...recordOf("bad"), data: { uuid: "bad", timestamp: 2 } };
  const body = await file("mixed.json", JSON.stringify([good, { key: "linktree:x", value: good }, bad, { data: 1 }]));
  const { code, stdout, stderr } = await dbsharing(["verify", body]);
  assert.equal(code, 1);
  assert.equal(stderr, "");
  assert.match(stdout, /^ +0  ok  .*\/good$/m);
  assert.match(stdout, /^ +2  BAD_SIGNATURE  ./m);
  assert.match(stdout, /^ +3  BAD_SHAPE  ./m);
  assert.match(stdout, /2 of 4 records verify; rejected: BAD_SIGNATURE 1, BAD_SHAPE 1\./);
  const asJson = await dbsharing(["verify", body, "--json"]);
  const result = JSON.parse(asJson.stdout);
  assert.deepEqual([asJson.code, result.ok, result.items, result.accepted], [1, false, 4, 2]);
  assert.deepEqual(
    result.verdicts.map(({ index, ok, code }) => [index, ok, code]),
    [
      [0, true, undefined],
      [1, true, undefined],
      [2, false, "BAD_SIGNATURE"],
      [3, false, "BAD_SHAPE"],
    ],
  );
});

test("verify ends with 0 if all are accepted, from a file or from standard input", async () => {
  const body = JSON.stringify([recordOf("a"), recordOf("b")]);
  const fromInput = await dbsharing(["verify", "-"], { input: body });
  assert.deepEqual([fromInput.code, /All 2 records verify\./.test(fromInput.stdout)], [0, true]);
  assert.equal((await dbsharing(["verify", await file("good.json", `\ufeff${body}`)])).code, 0);
  assert.equal((await dbsharing(["verify", "-"], { input: "[]" })).code, 0);
});

test("verify judges at the time --now and makes keys by --identity", async () => {
  const input = JSON.stringify([recordOf("a", 1_000_000_000_000)]);
  const early = JSON.parse((await dbsharing(["verify", "-", "--now", "0", "--json"], { input })).stdout);
  assert.equal(early.verdicts[0].code, "FROM_THE_FUTURE");
  const owner = JSON.parse((await dbsharing(["verify", "-", "--identity", "owner", "--json"], { input })).stdout);
  assert.equal(owner.verdicts[0].key, recordOf("a").publicKey);
});

test("verify reports a body that is not a list, and a file that does not exist", async () => {
  assertSentence(await dbsharing(["verify", "-"], { input: "<html>" }), 1, /\(BAD_BODY\)/);
  const one = { input: JSON.stringify(recordOf("a")) };
  assertSentence(await dbsharing(["verify", "-"], one), 1, /it is an object: put a single record in an array.*\(BAD_BODY\)/);
  assertSentence(await dbsharing(["verify", join(folder, "gone.json")]), 2, /cannot read .*gone\.json: there is no such file/);
  assertSentence(await dbsharing(["verify", folder]), 2, /it is a folder/);
});
