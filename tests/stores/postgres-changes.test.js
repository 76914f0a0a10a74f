// The changes that the postgres store reports when others write, over a real server: for every order of commits, every
// writer, and everything that can happen to the table.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { postgresStore } from "../../js/stores/postgres.js";
import { collect, entryAt, sharedKeys } from "./entries.js";
import { followerOf, reportedBy, versionsIn } from "./follower.js";
import { server, session, testServer, untilWaiting } from "./postgres-fixture.js";

const run = promisify(execFile);

const insertion = (table) => `insert into ${table} (key, version, text) values ($1, $2, $3)`;
const writeAny = (writer, table, key, timestamp) =>
  timestamp % 4 === 0
    ? writer.query(`delete from ${table} where key = $1`, [key])
    : writer.query(
        `${insertion(table)} on conflict (key) do update set version = excluded.version`,
        valuesOf(entryAt(key, timestamp)),
      );

/** Numbers below the given one, the same in each run (xorshift). */
function numbersFrom(seed) {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const valuesOf = ({ key, version, text }) => [key, version, text];

testServer(
  "transactions that are committed out of order are all reported, each when it is committed",
  async ({ client, table, connect }) => {
    const store = postgresStore({ ...client, table });
    const follower = await followerOf(store);
    const [early, late] = [await session(connect), await session(connect)];
    for (const [who, key] of [
      [early, "a"],
      [late, "b"],
    ]) {
      await who.query("begin");
      await who.query(insertion(table), valuesOf(entryAt(key, 1)));
    }
    assert.deepEqual(reportedBy(await follower.look()), {});
    await late.query("commit");
    assert.deepEqual(reportedBy(await follower.look()), { b: 1 });
    await store.write([entryAt("c", 1)]);
    assert.deepEqual(reportedBy(await follower.look()), { c: 1 }, "our own write waits for no open transaction");
    await early.query("commit");
    assert.deepEqual(reportedBy(await follower.look()), { a: 1 });
    assert.deepEqual(reportedBy(await follower.look()), {});
  },
);

testServer("however transactions overlap, a follower ends with what the table has", async ({ client, table, connect }) => {
  const store = postgresStore({ ...client, table });
  const follower = await followerOf(store);
  const random = numbersFrom(7);
  const writers = await Promise.all(Array.from({ length: 4 }, () => session(connect)));
  const isOpen = writers.map(() => false);
  for (let step = 1; step <= 600; step += 1) {
    const at = random(writers.length);
    const doing = isOpen[at] ? random(5) : 4;
    if (!isOpen[at]) await writers[at].query("begin");
    isOpen[at] = doing > 1;
    if (doing === 0) await writers[at].query("rollback");
    else if (doing === 1) await writers[at].query("commit");
    else await writeAny(writers[at], table, `${at}/${random(20)}`, step);
    if (random(3) === 0) assert.ok(await follower.look(), "every look reports what is new");
  }
  for (const [at, writer] of writers.entries()) await writer.query(isOpen[at] ? "commit" : "select");
  await follower.look();
  assert.deepEqual(follower.held, await versionsIn(store));
  assert.ok(follower.held.size > 20, `${follower.held.size} keys`);
});

testServer("what is rolled back is not reported", async ({ client, table, connect }) => {
  const store = postgresStore({ ...client, table });
  const follower = await followerOf(store);
  const other = await session(connect);
  await other.query("begin");
  await other.query(insertion(table), valuesOf(entryAt("a", 1)));
  await other.query("savepoint before");
  await other.query(insertion(table), valuesOf(entryAt("b", 1)));
  await other.query("rollback to savepoint before");
  await other.query("commit");
  assert.deepEqual(reportedBy(await follower.look()), { a: 1 });
  await other.query("begin");
  await other.query(insertion(table), valuesOf(entryAt("c", 1)));
  await other.query("rollback");
  assert.deepEqual(reportedBy(await follower.look()), {});
});

testServer("every statement of an operator is reported", async ({ client, table }) => {
  const store = postgresStore({ ...client, table });
  await store.write(["a", "b", "c", "d"].map((key) => entryAt(key, 1)));
  const follower = await followerOf(store);
  await client.query(`update ${table} set version = $1 where key = 'a'`, [entryAt("a", 9).version]);
  assert.deepEqual(reportedBy(await follower.look()), { a: 9 });
  await client.query(`update ${table} set key = 'z' where key = 'b'`);
  assert.deepEqual(reportedBy(await follower.look()), { b: null, z: 1 });
  await client.query(`delete from ${table} where key = 'c'`);
  assert.deepEqual(reportedBy(await follower.look()), { c: null });
  await client.query(`with gone as (delete from ${table} where key = 'd' returning *) select * from gone`);
  await client.query(
    `merge into ${table} as held using (values ('a'), ('m')) as given (key) on held.key = given.key
    when matched then delete when not matched then insert (key, version, text) values (given.key, $1, '{}')`,
    [entryAt("m", 3).version],
  );
  assert.deepEqual(reportedBy(await follower.look()), { a: null, d: null, m: 3 });
  await client.query(`copy ${table} (key, version, text) from program 'printf "k\\t${entryAt("k", 4).version}\\t{}\\n"'`);
  assert.deepEqual(reportedBy(await follower.look()), { k: 4 });
  await client.query(`delete from ${table}`);
  assert.deepEqual(reportedBy(await follower.look()), { k: null, m: null, z: null });
});

testServer("rows that are not entries count as absent", async ({ client, table }) => {
  const store = postgresStore({ ...client, table });
  const follower = await followerOf(store);
  await store.write(["b", "d"].map((key) => entryAt(key, 1)));
  for (const key of ["a key", "é", "", "c\nc", "k".repeat(900)])
    await client.query(insertion(table), valuesOf(entryAt(key, 1)));
  assert.deepEqual(await collect(store.entries()), [entryAt("b", 1), entryAt("d", 1)]);
  assert.deepEqual(
    (await collect(store.entries({ limit: 2 }))).map(({ key }) => key),
    ["b", "d"],
  );
  assert.deepEqual(reportedBy(await follower.look()), { b: 1, d: 1 });
});

testServer("after TRUNCATE, and after more than 10 000 keys at once, everything is read again", async ({ client, table }) => {
  const store = postgresStore({ ...client, table });
  await store.write([entryAt("a", 1)]);
  const follower = await followerOf(store);
  await client.query(`truncate ${table}`);
  assert.equal(await follower.look(), undefined);
  assert.equal(follower.held.size, 0);
  const many = (count, from) => `insert into ${table} (key, version, text) select 'k' || lpad(i::text, 6, '0'), $1, '{}'
    from generate_series(${from}, ${from + count - 1}) as i`;
  await client.query(many(10_000, 0), [entryAt("k", 1).version]);
  assert.equal((await follower.look()).length, 10_000);
  await client.query(many(10_001, 20_000), [entryAt("k", 1).version]);
  assert.equal(await follower.look(), undefined);
  assert.equal(follower.held.size, 20_001);
  assert.deepEqual(await follower.look(), []);
});

testServer(
  "while processes write hard and one removes, the looks together report everything",
  async ({ client, table, connect }) => {
    const [shares, versions, keys] = [2, 60, 150];
    const writer = fileURLToPath(new URL("postgres-writer.js", import.meta.url));
    const store = postgresStore({ ...client, table });
    const beside = postgresStore({ ...connect(), table });
    const follower = await followerOf(store);
    let underWay = true;
    const writing = Promise.all(
      Array.from({ length: shares }, (_, share) =>
        run(
          process.execPath,
          [writer, server.host, server.user, server.database, table, share, shares, versions, keys].map(String),
        ),
      ),
    ).finally(() => (underWay = false));
    const removing = (async () => {
      for (let at = 0; underWay; at += 1) {
        const key = sharedKeys(keys)[(at * 7) % keys];
        const [entry] = await beside.getMany([key]);
        if (entry) await beside.remove([entry]);
      }
    })();
    let looks = 0;
    for (; underWay; looks += 1) assert.notEqual(await follower.look(), undefined, "no look needs to read everything");
    await Promise.all([writing, removing]);
    await follower.look();
    assert.deepEqual(follower.held, await versionsIn(store));
    assert.ok(looks > 1, `${looks} looks`);
  },
);

testServer("on a serializable server writers and readers of changes find the same", async ({ table, connect }) => {
  const strict = () => connect({ options: "-c default_transaction_isolation=serializable" });
  const stores = Array.from({ length: 3 }, () => postgresStore({ ...strict(), table }));
  const follower = await followerOf(stores[0]);
  let underWay = true;
  const writing = Promise.all(
    stores.map(async (store, writer) => {
      for (let at = 1; at <= 30; at += 1) await store.write(sharedKeys(20).map((key) => entryAt(key, at * 3 + writer)));
    }),
  ).finally(() => (underWay = false));
  while (underWay) await follower.look();
  await writing;
  await follower.look();
  assert.deepEqual(follower.held, await versionsIn(stores[1]));
});

testServer("the list keeps the last 10 000 changes, and a later reader reads everything", async ({ client, table }) => {
  const store = postgresStore({ ...client, table });
  const old = (await store.changes()).mark;
  const write = (timestamp) => store.write(sharedKeys(1000).map((key) => entryAt(key, timestamp)));
  for (let timestamp = 1; timestamp <= 25; timestamp += 1) await write(timestamp);
  const { mark } = await store.changes();
  const listed = (await client.query(`select count(*)::int as count from ${table}_dbsharing_changes`)).rows[0].count;
  assert.ok(listed >= 10_000 && listed <= 14_000, `${listed} changes are in the list`);
  assert.equal((await store.changes(old)).entries, undefined);
  await write(26);
  assert.equal((await store.changes(mark)).entries.length, 1000);
});

/** Other tests have transactions on the same server: one that is older than what was removed counts like the long one. */
async function olderTransactionsEnd(client, table) {
  const haveEnded = `select txid_snapshot_xmin(txid_current_snapshot()) > pruned as ended from ${table}_dbsharing_pruned`;
  for (let looks = 0; looks < 100_000; looks += 1) {
    const { rows } = await client.query(haveEnded, []);
    if (rows[0].ended) return;
  }
  assert.fail("a transaction that was older than what was removed stayed open");
}

testServer("a long transaction keeps what marks may need, until there is too much", async ({ client, table, connect }) => {
  const store = postgresStore({ ...client, table });
  const follower = await followerOf(store);
  const long = await session(connect);
  await long.query("begin");
  await long.query(insertion(table), valuesOf(entryAt("long", 1)));
  const many = `insert into ${table} (key, version, text) select lpad(i::text, 4, '0'), $1, '{}'
    from generate_series(1, 5000) as i on conflict (key) do update set text = excluded.text || excluded.version`;
  for (let at = 0; at < 6; at += 1) {
    await client.query(many, [entryAt("k", 1).version]);
    assert.equal((await follower.look()).length, 5000);
  }
  for (let at = 0; at < 20; at += 1) await client.query(many, [entryAt("k", 1).version]);
  assert.equal(await store.changes(), undefined, "what is new is not known");
  await long.query("commit");
  await olderTransactionsEnd(client, table);
  assert.equal(await follower.look(), undefined, "everything is read again");
  assert.ok(follower.held.has("long"));
  await store.write([entryAt("z", 1)]);
  assert.deepEqual(reportedBy(await follower.look()), { z: 1 });
});

testServer("a trigger that is dropped or disabled is made again, and everything is read", async ({ client, table }) => {
  const store = postgresStore({ ...client, table });
  const follower = await followerOf(store);
  for (const fault of [
    `drop trigger dbsharing_inserted on ${table}`,
    `alter table ${table} disable trigger dbsharing_updated`,
    `drop table ${table}_dbsharing_changes, ${table}_dbsharing_pruned cascade; drop function ${table}_dbsharing_note cascade`,
    `drop table ${table}; create table ${table} (key text collate "C" primary key, version text collate "C" not null, text text not null)`,
  ]) {
    for (const statement of fault.split("; ")) await client.query(statement, []);
    await client.query(insertion(table), valuesOf(entryAt("unseen", 1)));
    assert.equal(await follower.look(), undefined, fault);
    assert.ok(follower.held.has("unseen"));
    await client.query(`delete from ${table}`, []);
    assert.deepEqual(reportedBy(await follower.look()), { unseen: null });
  }
});

testServer(
  "making the triggers does not wait for a long transaction, and is tried again",
  async ({ client, table, connect }) => {
    await client.query(
      `create table ${table} (key text collate "C" primary key, version text collate "C" not null, text text not null)`,
      [],
    );
    const store = postgresStore({ ...client, table });
    const other = await session(connect);
    await other.query("begin");
    await other.query(insertion(table), valuesOf(entryAt("a", 1)));
    assert.equal(await store.changes(), undefined);
    assert.equal(store.warning, undefined);
    assert.deepEqual(await store.getMany(["a"]), [undefined], "readers go on");
    await other.query("commit");
    const follower = await followerOf(store);
    assert.ok(follower.held.has("a"));
  },
);

testServer("two stores that make the triggers at the same time both see what is written", async ({ table, connect }) => {
  const stores = Array.from({ length: 5 }, () => postgresStore({ ...connect(), table }));
  const followers = await Promise.all(stores.map(followerOf));
  await stores[0].write([entryAt("a", 1)]);
  for (const follower of followers) {
    await follower.look();
    assert.ok(follower.held.has("a"));
  }
});

testServer("a write that a look overtakes while it waits is in the next one", async ({ client, table, connect }) => {
  const store = postgresStore({ ...client, table });
  await store.write([entryAt("a", 1)]);
  const follower = await followerOf(store);
  const other = await session(connect);
  await other.query("begin");
  await other.query(`select from "${table}" where key = 'a' for update`);
  const writing = store.write([entryAt("a", 2), entryAt("b", 1)]);
  await untilWaiting(1, table, other);
  assert.deepEqual(reportedBy(await follower.look()), {});
  await other.query("commit");
  await writing;
  assert.deepEqual(reportedBy(await follower.look()), { a: 2, b: 1 });
});
