// The packed package in every runtime and through every bundler: the same verdicts, reports and digest as
// here.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathOf, reasonToSkip } from "./engines.js";
import { root } from "./install.js";
import { answers } from "./program/answers.mjs";
import { outputOf } from "./printed.js";
import { startNetwork } from "./questions.js";
import { projectWithProgram, rows } from "./runtimes.js";

const network = await startNetwork();
const wanted = await answers(network.questions);
const { judged, signed, promises } = wanted;
const project = await projectWithProgram();

for (const { name, engine, ask } of rows) {
  await test(name, { skip: reasonToSkip(engine) }, async () => {
    const path = pathOf(engine);
    const { stdout } = await outputOf(path, ["--version"], { cwd: project });
    assert.match(stdout, new RegExp(`(^|[v ])${engine.version.replaceAll(".", "\\.")}\\b`));
    const found = await ask(path, project, network.questions);
    assert.deepEqual(comparable(found), comparable(found.rounds ? wanted : { judged, signed, promises }));
  });
}
await network.close(); // not in a hook: Node 18.12 runs none after the last test of a file

test("the questions get good and bad answers of every kind", () => {
  const {
    rounds: [first, second, last],
    records,
    digest,
    served,
  } = wanted;
  const codes = new Set(judged.ofText.map(({ ok, code }) => (ok ? "ok" : code)));
  assert.deepEqual([...codes].sort(), [
    "BAD_ID",
    "BAD_KEY",
    "BAD_SHAPE",
    "BAD_SIGNATURE",
    "BAD_TIMESTAMP",
    "FROM_THE_FUTURE",
    "TOO_DEEP",
    "UNSUPPORTED_KEY",
    "ok",
  ]);
  assert.deepEqual(
    judged.ofBytes.map(({ ok }) => ok),
    [true, false, false],
  );
  assert.equal(judged.refused.code, "BAD_BODY");
  assert.deepEqual([signed.bySigner, signed.inMessage], [judged.signed, judged.signed]);
  assert.deepEqual([signed.again, signed.pair.length], [judged.signed.publicKey, 64]);
  assert.equal(new Set(judged.signatures).size, 2);
  const outcomes = ({ peers }) => new Set(peers.map(({ outcome, code }) => code ?? outcome));
  for (const outcome of ["synced", "empty", "PEER_UNREACHABLE", "PEER_REDIRECTED", "BODY_CUT"]) {
    assert.ok(outcomes(first).has(outcome), outcome);
  }
  assert.ok(outcomes(second).has("unchanged"));
  assert.deepEqual([...outcomes(last)], ["PEER_TIMEOUT"]);
  assert.deepEqual([records, served.list.length, served.status], [first.totals.inserted, first.totals.inserted, 200]);
  assert.ok(promises.length > 10 && promises.every((said) => said.startsWith("kept: ")), promises.join("\n"));
  assert.match(digest, /^[0-9a-f]{64}$/);
});

test("the README's table of runtimes is what is tested here", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, section] = readme.match(/^## Runtimes\n(.*?)(?=^## )/ms);
  const lines = [...section.matchAll(/^\| ([^|]*\d[^|]*) \| ([^|]*) \|$/gm)];
  const hows = (cell) => cell.replaceAll("`", "").split("; ");
  const names = lines.flatMap(([, runtime, cell]) => hows(cell).map((how) => `${runtime}: ${how}`));
  assert.deepEqual(names.sort(), rows.map(({ name }) => name).sort());
});

/** As parsed from JSON, without what differs from run to run: ports, durations, and a runtime's own words. */
function comparable(found) {
  const { rounds = [], ...rest } = JSON.parse(JSON.stringify(found));
  return { ...rest, rounds: rounds.map(comparableReport) };
}

function comparableReport({ ok, error, peers, totals }) {
  const named = peers.map(({ url, message, durationMs, ...counts }) => [network.kindOf[url], counts]);
  return { ok, error, totals, peers: Object.fromEntries(named) };
}
