// Backups by the databases' own means while a task has them open, as the README shows them: what is restored is complete.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { toolEnvironment } from "../../.ci/toolchain.mjs";
import { postgresPrograms, startPostgres } from "../stores/postgres-server.js";
import { startRedis, whyNoRedis } from "../stores/redis-server.js";
import { block } from "./blocks.js";
import { shell } from "./deployed.js";
import { folderWith, inserted, startPeer, startProgram, until } from "./program.js";

/** Only a hang takes this long. */
const patience = { timeout: 600_000 };
const RECORDS = 5;

const whyNo = (program) => {
  const isThere = spawnSync(program, ["--version"], { env: toolEnvironment() }).error === undefined;
  return isThere ? false : `${program} is not installed; .ci/setup.sh installs it`;
};

test(
  "a backup of SQLite while a task runs has all its records",
  { skip: whyNo("sqlite3") || whyNo("node22"), ...patience },
  (t) =>
    backsUp(t, {
      ...{ words: "// sqlite.mjs", backup: ".backup", packages: {}, env: {}, runtime: "node22" },
      restore: async (folder, code) => {
        const other = folderWith(t, code);
        copyFileSync(join(folder, "backup.sqlite"), join(other, "records.sqlite"));
        return { folder: other, env: {} };
      },
    }),
);

test("a backup of PostgreSQL while a task runs has all its records", {
  skip: postgresPrograms() ? false : "PostgreSQL is not installed: run .ci/setup.sh",
  ...patience,
}, async (t) => {
  const server = await startPostgres();
  t.after(() => server.stop());
  const env = { PGHOST: server.host, PGUSER: server.user, PGDATABASE: server.database };
  await backsUp(t, {
    ...{ words: "// postgres-pg.mjs", backup: "pg_dump", packages: { pg: "pg" }, env },
    restore: (folder) => ({ folder, env: { ...env, PGDATABASE: "restored" } }),
  });
});

test("a backup of Redis while a task runs has all its records", { skip: whyNoRedis() ?? false, ...patience }, async (t) => {
  const server = await startRedis();
  t.after(() => server.stop());
  const urlOf = ({ port }) => ({ REDIS_URL: `redis://127.0.0.1:${port}` });
  await backsUp(t, {
    ...{ words: "// redis-node-redis.mjs", backup: "--rdb", packages: { redis: "redis" }, env: urlOf(server) },
    restore: async (folder) => {
      copyFileSync(join(folder, "backup.rdb"), join(folder, "dump.rdb"));
      const other = await startRedis("--dir", folder);
      t.after(() => other.stop());
      return { folder, env: urlOf(other) };
    },
  });
});

/** Backs up under a running task, and starts another over the restored data: nothing in it is new to the task. */
async function backsUp(t, { words, backup, packages, env, runtime, restore }) {
  const code = block("js", words);
  const folder = folderWith(t, code, packages);
  const peer = await startPeer(t);
  for (let count = 0; count < RECORDS; count += 1) await peer.offer();
  const task = startProgram(t, folder, { ...peer.env, ...env }, { runtime });
  await until(task, () => inserted(task) === RECORDS);
  const { code: exitCode, stdout, stderr } = await shell(block("sh", backup), { folder, env });
  assert.equal(exitCode, 0, stdout + stderr);
  await task.end();

  const restored = await restore(folder, code);
  await peer.offer();
  const other = startProgram(t, restored.folder, { ...peer.env, ...restored.env }, { runtime });
  await until(other, () => inserted(other) > 0);
  assert.equal(inserted(other), 1, "only what was offered since then");
  assert.equal(other.errors(), "");
}
