// Recipes for databases inside the process: killed while they share, and started again.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

import { toolEnvironment } from "../../.ci/toolchain.mjs";
import { block, readme } from "./blocks.js";
import { folderWith, inserted, startPeer, startProgram, until } from "./program.js";

/** Only a hang takes this long. */
const patience = { timeout: 600_000 };

const rows = [
  { name: "LevelDB", words: "// level.mjs", packages: { "classic-level": "classic-level" } },
  { name: "SQLite", words: "// sqlite.mjs", runtime: "node22" },
  { name: "NeDB", words: "// level.mjs", packages: { "nedb-promises": "nedb-promises" }, change: toNedb },
];

for (const { name, words, packages, runtime = process.execPath, change = (code) => code } of rows) {
  test(`${name}: a task that is killed and started again has all that it stored`, {
    skip: whyNo(runtime),
    ...patience,
  }, async (t) => {
    const { env, offer } = await startPeer(t);
    const folder = folderWith(t, change(block("js", words)), packages);

    await offer();
    const killed = startProgram(t, folder, env, { runtime });
    await until(killed, () => inserted(killed) === 1);
    await killed.end("SIGKILL");

    await offer();
    const again = startProgram(t, folder, env, { runtime });
    await until(again, () => inserted(again) > 0);
    assert.equal(inserted(again), 1, "only what was new");
    assert.equal(again.errors(), "");
  });
}

/** The program for LevelDB with the store that the README gives for NeDB instead. */
function toNedb(code) {
  const [, store] = readme.match(/With `nedb-promises` `db` is `([^`]+)`/);
  return code
    .replace(/import \{ ClassicLevel \} .*/, 'import Datastore from "nedb-promises";')
    .replace(/import \{ levelStore \} .*/, 'import { nedbStore } from "dbsharing/stores/nedb";')
    .replace(/levelStore\(.*\);/, `${store};`);
}

function whyNo(runtime) {
  try {
    execFileSync(runtime, ["--version"], { env: toolEnvironment() });
    return false;
  } catch {
    return `${runtime} is not installed; .ci/setup.sh installs it`;
  }
}
