// What the tests of the postgres store share: a server for each file of tests, and tests with tables and clients of
// their own.
import { after, test } from "node:test";
import { drivers } from "./postgres-drivers.js";
import { postgresPrograms, startPostgres } from "./postgres-server.js";

/** Why the tests are skipped, or false. */
export const skip = postgresPrograms() ? false : "PostgreSQL is not installed: run .ci/setup.sh";

/** This file's server. */
export const server = skip ? undefined : await startPostgres({ deadlock_timeout: "200ms", fsync: "off" });
after(() => server?.stop());

let tables = 0;
export const freshTable = () => `records_${(tables += 1)}`;

/** A test over the server with a table and a client of its own, and a way to connect more. */
export function testServer(name, check) {
  test(name, { skip }, async () => {
    const clients = [];
    const connect = ({ user = server.user, driver = "pg", database, ...options } = {}) => {
      clients.push(drivers[driver]({ ...server, user, ...(database && { database }) }, options));
      return clients.at(-1);
    };
    try {
      await check({ client: connect(), table: freshTable(), connect });
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  });
}

/** One connection that keeps its transaction from query to query. */
export async function session(connect, options) {
  const client = connect({ ...options, max: 1 });
  return { query: (text, params = []) => client.query(text, params) };
}

/** Resolves when `count` statements about this table wait for a lock. */
export async function untilWaiting(count, table, observer) {
  const waiting = `select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%"${table}"%'`;
  while ((await observer.query(`select pg_stat_clear_snapshot()`)) && (await observer.query(waiting)).rows.length < count);
}
