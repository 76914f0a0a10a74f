// Recipes for databases with a server: started before the server, which is stopped and killed while they run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "redis";

import { drivers } from "../stores/postgres-drivers.js";
import { postgresPrograms, startPostgres } from "../stores/postgres-server.js";
import { startRedis, startValkey, whyNoRedis, whyNoValkey } from "../stores/redis-server.js";
import { block } from "./blocks.js";
import { folderWith, startPeer, startProgram, until } from "./program.js";

/** Only a hang takes this long. */
const patience = { timeout: 600_000 };

const whyNoPostgres = () => (postgresPrograms() ? undefined : "PostgreSQL is not installed: run .ci/setup.sh");

const postgres = {
  whyNot: whyNoPostgres,
  start: () => startPostgres(),
  env: ({ host, user, database }) => ({ PGHOST: host, PGUSER: user, PGDATABASE: database }),
  stopSignal: "SIGINT", // the fast stop, which is what an init system sends
  async count(server) {
    const client = drivers.pg(server);
    const { rows } = await client.query("select count(*)::int as held from dbsharing_records").finally(client.end);
    return rows[0].held;
  },
};

const redis = {
  whyNot: whyNoRedis,
  start: () => startRedis("--appendonly", "yes"),
  env: ({ port }) => ({ REDIS_URL: `redis://127.0.0.1:${port}` }),
  stopSignal: "SIGTERM",
  count: (server) => asked(server, ["HLEN", "my-task:records"]),
  driverSays: /^Redis: connect ECONNREFUSED /,
};

const valkey = { ...redis, whyNot: whyNoValkey, start: () => startValkey("--appendonly", "yes") };

const rows = [
  { name: "pg", words: "// postgres-pg.mjs", packages: { pg: "pg" }, ...postgres },
  { name: "postgres.js", words: "// postgres-js.mjs", packages: { postgres: "postgres" }, ...postgres },
  { name: "node-redis", words: "// redis-node-redis.mjs", packages: { redis: "redis" }, ...redis },
  { name: "node-redis 4", words: "// redis-node-redis.mjs", packages: { redis: "redis4" }, ...redis },
  { name: "ioredis", words: "// redis-ioredis.mjs", packages: { ioredis: "ioredis" }, ...redis },
  { name: "ioredis over Valkey", words: "// redis-ioredis.mjs", packages: { ioredis: "ioredis" }, ...valkey },
];

for (const row of rows) {
  const options = { skip: row.whyNot() ?? false, ...patience };
  test(`${row.name}: a task survives and misses nothing when its server starts late, stops or is killed`, options, (t) =>
    outlives(t, row),
  );
}

for (const row of rows) {
  const options = { skip: row.whyNot() ?? false, ...patience };
  test(`${row.name}: a task whose server is up reports no error`, options, async (t) => {
    const server = await row.start();
    t.after(() => server.stop());
    const peer = await startPeer(t);
    const program = startProgram(t, folderWith(t, block("js", row.words), row.packages), { ...peer.env, ...row.env(server) });
    await untilHeld(row, server, program, await peer.offer());
    assert.equal(program.errors(), "");
  });
}

test("Redis: what FLUSHALL removes under a running task comes back", {
  skip: whyNoRedis() ?? false,
  ...patience,
}, async (t) => {
  const row = rows.find(({ name }) => name === "node-redis");
  const { server, program, peer } = await begun(t, row);
  await server.startAgain();
  const held = await peer.offer();
  await untilHeld(row, server, program, held);
  await asked(server, ["FLUSHALL"]);
  await untilHeld(row, server, program, held);
});

async function outlives(t, row) {
  const { server, program, peer } = await begun(t, row);
  await server.startAgain();
  await untilHeld(row, server, program, await peer.offer());
  for (const signal of [row.stopSignal, "SIGKILL"]) {
    await server.end(signal);
    await peer.offer();
    await untilFailed(program);
    await server.startAgain();
    await untilHeld(row, server, program, await peer.offer());
  }
  await program.end();
  assertSaid(program, row);
}

/** What an operator reads about three outages: the database fails, at most once for each, and the driver's own lines. */
function assertSaid(program, { driverSays }) {
  const lines = program.errors().trim().split("\n");
  const ours = lines.filter((line) => line.startsWith("dbsharing: "));
  assert.ok(ours.length >= 1 && ours.length <= 3, program.errors());
  for (const line of ours) assert.match(line, /^dbsharing: the database fails: /);
  const others = lines.filter((line) => !ours.includes(line));
  if (driverSays === undefined) assert.deepEqual(others, []);
  else
    assert.ok(
      others.some((line) => driverSays.test(line)),
      program.errors(),
    );
  for (const [at, line] of others.entries()) assert.notEqual(line, others[at - 1], program.errors());
}

/** The recipe as a process, over a server that is not up, after the recipe has reported that. */
async function begun(t, row) {
  const server = await row.start();
  t.after(() => server.stop());
  await server.end("SIGINT");
  const peer = await startPeer(t);
  const folder = folderWith(t, block("js", row.words), row.packages);
  const program = startProgram(t, folder, { ...peer.env, ...row.env(server) });
  await until(program, () => program.output().includes("the database fails"));
  return { server, program, peer };
}

function untilHeld({ count }, server, program, wanted) {
  return until(program, async () => (await count(server).catch(() => 0)) === wanted);
}

/** Resolves when a round that began after this moment has failed: the next but one. */
function untilFailed(program) {
  const from = program.rounds().length + 1;
  return until(program, () =>
    program
      .rounds()
      .slice(from)
      .some(({ code }) => code?.startsWith("STORE_")),
  );
}

async function asked({ port }, words) {
  const client = await createClient({ socket: { host: "127.0.0.1", port } })
    .on("error", () => {})
    .connect();
  return client.sendCommand(words).finally(() => client.destroy());
}
