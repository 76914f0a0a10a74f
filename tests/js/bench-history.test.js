// Each run of a bench is kept in a history, and the next one says what changed since then.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../.ci/toolchain.mjs";
import { changesBetween, changesText } from "../bench/history.js";

const KINDS = ["write", "rewrite", "scan", "get", "versions", "start"];
const SMALL = ["--entries", "600", "--passes", "3", "--only", "memory"];

async function bench(...args) {
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, "tests/bench/stores.js"), ...SMALL, ...args]);
  return stdout;
}

async function inFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), "dbsharing-bench-test-"));
  try {
    return await work(folder, join(folder, "stores.jsonl"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const entriesIn = async (path) => (await readFile(path, "utf8")).trimEnd().split("\n").map(JSON.parse);

const scaled = (entry, factor) => ({
  ...entry,
  figures: entry.figures.map(({ median, spread, ...figure }) => {
    return { ...figure, median: median * factor, spread: spread.map((end) => end * factor) };
  }),
});

test("a run is added to the history, and says what changed since the last run of its kind", () =>
  inFolder(async (folder, path) => {
    assert.match(
      await bench("--history", folder),
      /\nHistory: the first run on this machine with these options is in .*stores\.jsonl\.\n$/,
    );
    const [entry, ...others] = await entriesIn(path);
    assert.deepEqual(others, []);
    assert.deepEqual(entry.settings, { entries: 600, passes: 3, databases: ["memory"] });
    assert.ok(entry.machine.cpu && entry.machine.cores > 0 && entry.machine.node === process.versions.node);
    assert.match(entry.date, /^\d{4}-\d\d-\d\d \d\d:\d\d$/);
    assert.deepEqual(
      entry.figures.map(({ name, turns }) => [name, turns]),
      KINDS.map((kind) => [`memory, ${kind}: ms`, 3]),
    );

    const elsewhere = { ...entry, machine: { ...entry.machine, cores: entry.machine.cores + 1 } };
    const entries = [scaled(entry, 1000), elsewhere, { ...entry, settings: { ...entry.settings, passes: 4 } }];
    await writeFile(path, entries.map((one) => `${JSON.stringify(one)}\n`).join(""));
    const text = await bench("--history", folder);
    for (const kind of KINDS) assert.match(text, new RegExp(`\nmemory, ${kind}: ms +\\d[\\d.]* +\\d[\\d.]* +\\d\\.\\d\\d×`));
    assert.equal((await entriesIn(path)).length, 4);
  }));

test("a figure has changed if it moved by more than 5 % and its spreads do not overlap", () => {
  const figure = (name, median, spread, turns = 3) => ({ name, turns, median, spread });
  const earlier = [
    figure("slower", 10, [9, 11]),
    figure("quicker", 10, [9, 11]),
    figure("within the spread", 10, [9, 12]),
    figure("by 4 %", 100, [100, 100]),
    figure("of two turns", 10, [10, 10], 2),
    figure("from nothing", 0, [0, 0]),
    figure("left out now", 10, [10, 10]),
  ];
  const now = [
    figure("slower", 12.5, [12, 13]),
    figure("quicker", 5, [4, 6]),
    figure("within the spread", 14, [11, 15]),
    figure("by 4 %", 104, [104, 104]),
    figure("of two turns", 20, [20, 20]),
    figure("from nothing", 1, [1, 1]),
    figure("new", 10, [10, 10]),
  ];
  const changes = changesBetween({ figures: earlier }, { figures: now });
  assert.deepEqual(
    changes.map(({ name, before, now: after }) => [name, before, after]),
    [
      ["slower", 10, 12.5],
      ["quicker", 10, 5],
      ["from nothing", 0, 1],
    ],
  );
  const since = { date: "2026-11-26 12:00", commit: "abc1234+" };
  const [title, , slower, quicker] = changesText({ earlier: since, changes }).split("\n");
  assert.match(title, /^changed since 2026-11-26 12:00 \(abc1234\+\) +before +now +ratio$/);
  assert.match(slower, /^slower +10\.0 +12\.5 +1\.25×$/);
  assert.match(quicker, /^quicker +10\.0 +5\.00 +0\.50×$/);
  assert.equal(
    changesText({ earlier: since, changes: [] }),
    "Nothing changed beyond its spread since 2026-11-26 12:00 (abc1234+).",
  );
});

test("a history that cannot be read ends the run before anything is measured; --no-history reads and writes none", () =>
  inFolder(async (folder, path) => {
    await writeFile(path, '{"figures":[]');
    await assert.rejects(bench("--history", folder), {
      stderr: /line 1 of .*stores\.jsonl is not JSON; wanted the entry of a run/,
      stdout: "",
    });
    const text = await bench("--history", folder, "--no-history");
    assert.doesNotMatch(text, /History|since/);
    assert.deepEqual(await readdir(folder), ["stores.jsonl"]);
    assert.equal(await readFile(path, "utf8"), '{"figures":[]');
  }));
