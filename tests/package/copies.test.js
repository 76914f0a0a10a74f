// Two copies of the package in one process, as when two parts of a task each bring one: neither knows about the other.
import assert from "node:assert/strict";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { TRAP_AT_ONCE_BYTES, trappingWasm } from "../js/fixtures/trapping-wasm.js";
import { withEsbuild, withWebpack } from "./bundlers.js";
import { nodes, oldestNode, pathOf, reasonToSkip } from "./engines.js";
import { folderForNow } from "./install.js";
import { answers } from "./program/answers.mjs";
import { startNetwork } from "./questions.js";
import { alone, inProject, projectWithProgram } from "./runtimes.js";

const network = await startNetwork();
const wanted = await answers(network.questions);
const project = await projectWithProgram();
const wasm = join(await folderForNow(), "trapping.wasm");
await writeFile(wasm, trappingWasm());
for (const copy of ["one", "two"]) {
  const to = join(project, "copies", copy, "node_modules/dbsharing");
  await cp(join(project, "node_modules/dbsharing"), to, { recursive: true });
}

const file = (name) => `copies/${name}.mjs`;
const twice = file("installed-twice");
const ways = [
  ...nodes.map((engine) => [`imported and required, Node ${engine.version}`, engine, inProject(file("both-ways"))]),
  [`installed twice, Node ${oldestNode.version}`, oldestNode, inProject(twice)],
  ["installed twice, in one file by esbuild", oldestNode, alone(withEsbuild, { format: "esm", entry: twice })],
  ...["webpack-old", "webpack"].map((webpack) => {
    const settings = { webpack, mode: "production", entry: twice };
    return [`installed twice, in one file by ${webpack}`, oldestNode, alone(withWebpack, settings)];
  }),
];

for (const [way, engine, ask] of ways) {
  await test(`a trap in one copy does not disturb the other: ${way}`, { skip: reasonToSkip(engine) }, async () => {
    const questions = { network: network.questions.network, trap: { wasm, bytes: TRAP_AT_ONCE_BYTES } };
    const { trapped, rounds, digests, verdicts } = await ask(pathOf(engine), project, questions);
    assert.equal(trapped, "INTERNAL");
    const whole = { ok: true, inserted: wanted.records };
    assert.deepEqual(rounds, [{ ok: false, code: "INTERNAL", inserted: 0 }, whole, whole]);
    assert.deepEqual(digests, [wanted.digest, wanted.digest]);
    for (const [verdict] of verdicts) assert.equal(verdict.code, "BAD_SHAPE");
  });
}

await network.close(); // not in a hook: Node 18.12 runs none after the last test of a file
