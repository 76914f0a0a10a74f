// Over real databases: a record that the database refuses is rejected, and nothing else is lost.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { toolEnvironment } from "../../.ci/toolchain.mjs";
import { postgresStore } from "../../js/stores/postgres.js";
import { record } from "../js/fixtures/records.js";
import { whyNo } from "./missing-program.js";
import { drivers } from "./postgres-drivers.js";
import { postgresPrograms, startPostgres } from "./postgres-server.js";
import { refusesOne } from "./refusing.js";
import { runtimeOfDriver } from "./sqlite-drivers.js";

const script = fileURLToPath(new URL("refusing-sqlite.js", import.meta.url));
const env = toolEnvironment({ NODE_NO_WARNINGS: "1" });

for (const [driver, runtime] of Object.entries(runtimeOfDriver)) {
  const skip = whyNo(runtime) ?? false;
  test(`a CHECK constraint of SQLite, with ${driver}`, { skip }, () => {
    const { status, stderr } = spawnSync(runtime, [script, driver], { env, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });
}

const skip = postgresPrograms() ? false : "PostgreSQL is not installed: run .ci/setup.sh";
test("an emoji in a LATIN1 database of PostgreSQL", { skip }, async () => {
  const server = await startPostgres({ fsync: "off" });
  try {
    const admin = drivers.pg(server);
    await admin.query("create database latin encoding 'LATIN1' locale_provider libc locale 'C' template template0");
    await admin.end();
    const client = drivers.pg({ ...server, database: "latin" });
    await refusesOne({
      db: postgresStore({ ...client }),
      bad: record("bad", { note: "a smile 😀" }),
      words: /LATIN1/,
    })();
    await client.end();
  } finally {
    await server.stop();
  }
});
