// Records in a PostgreSQL table, through any client that can run one statement with parameters: pg, postgres.js, PGlite.

import { messageOf } from "../core/errors.js";
import { wrongArgument } from "../core/option-errors.js";
import { StoreCalls } from "../core/store-calls.js";
import { claimOf, pagesByKey } from "../core/store-contract.js";
import { refuseOptions } from "../core/store-options.js";
import { storeOver } from "../core/store-over.js";
import { readInParts, writeOnCondition } from "../core/store-writes.js";
import { arrayText, PostgresClient } from "./postgres-client.js";
import { PostgresFeed, TABLE_GONE_REMEDY } from "./postgres-feed.js";
import { isName } from "./sql-names.js";

const PAGE_ENTRIES = 200;
const PAGE_VERSIONS = 2000;
const PAGE_KEYS = 500;

// Codes for the slower of two processes that create the table at the same time: unique_violation, duplicate_table,
// duplicate_object.
const MADE_MEANWHILE = ["23505", "42P07", "42710"];
const UNDEFINED_TABLE = "42P01";
const ONE_ARGUMENT =
  "postgresStore takes one argument: give postgresStore({ query: (text, params) => pool.query(text, params), table })";
// In the order of a language, or if case is ignored, these sort differently.
const IN_C_ORDER = ["-", "/", "A", "B", "a", "a/b", "aB", "ab", "b"];

/**
 * A store in one table of a PostgreSQL database, created when it is first used. A batch is one statement, decided by the
 * database, so any number of processes may share the table. `close()` waits for writes under way; the client stays open.
 *
 * @param {{ query(text: string, params: unknown[]): PromiseLike<unknown>, table?: string }} options
 * @returns {import("../index.js").Store}
 * @throws {TypeError} when `query` is not a function or `table` not a name
 * @example
 * import pg from "pg";
 * const pool = new pg.Pool();
 * pool.on("error", () => {}); // without a listener an idle connection that breaks ends the process
 * const db = postgresStore({ query: (text, params) => pool.query(text, params) });
 */
export function postgresStore(options, more) {
  refuseOptions(more, ONE_ARGUMENT);
  const client = new PostgresClient(options);
  const { table = "dbsharing_records" } = options;
  const name = quoted(table);
  const sql = statementsOf(name);
  const feed = new PostgresFeed(client, name);
  let tableReady;
  const calls = new StoreCalls("postgresStore", {
    run: async (work) => {
      await tableThere();
      return work();
    },
    reasonOf: (cause) => messageOf(cause) + remedyOf(cause),
  });

  // Not created again: whoever dropped it may be about to replace it.
  function remedyOf(cause) {
    const isGone = cause?.code === UNDEFINED_TABLE && String(cause.message).includes(`"${table}"`);
    return isGone ? `; ${TABLE_GONE_REMEDY}` : "";
  }

  function tableThere() {
    tableReady ??= makeTable().catch((cause) => {
      tableReady = undefined;
      throw cause;
    });
    return tableReady;
  }

  // Looked for first, because "create … if not exists" asks for the right to create even where the table exists.
  async function makeTable() {
    const found = await client.rows("select $1::text as key where to_regclass($1::text) is not null", [name]);
    if (found.length > 0) return checkOrder();
    try {
      await client.rows(sql.create);
    } catch (cause) {
      if (!MADE_MEANWHILE.includes(cause?.code)) throw cause;
    }
  }

  // In an order other than C, reading by pages misses keys, and two keys may even be equal to the database. The statement
  // that repairs it is left to the user: it locks the table while it rebuilds the index.
  async function checkOrder() {
    const [{ key, version }] = await client.rows(sql.order, [arrayText([...IN_C_ORDER].reverse())]).catch(unlessRefused);
    if (key === IN_C_ORDER.join(" ") && version === key) return;
    throw new Error(`its table does not sort by collation "C", as the store needs it; run: ${sql.mendOrder}`);
  }

  function pages(text, pageRows, range, attempt, read) {
    const readPage = async (after, count) => (await attempt(() => client.rows(text, [after, count]))).map(read);
    return pagesByKey(readPage, pageRows, range);
  }

  async function getMany(keys) {
    const rows = await readInParts(keys, PAGE_KEYS, (part) => client.rows(sql.many, [arrayText(part)]));
    const entryByKey = new Map(rows.map((row) => [row.key, entryOf(row)]));
    return keys.map((key) => entryByKey.get(key));
  }

  async function writeNewer(winners) {
    // All writers lock their rows in the order of the keys, so that none of ours deadlocks with another.
    const sorted = [...winners].sort((one, other) => (one.key < other.key ? -1 : 1));
    const rows = await client.rows(sql.writeNewer, columnsOf(sorted, ["key", "version", "text"]));
    return new Set(rows.map(({ key }) => key));
  }

  const store = storeOver(calls, {
    getMany,
    entryPages: (range, attempt) => pages(sql.entries, PAGE_ENTRIES, range, attempt, entryOf),
    versionPages: (attempt) => pages(sql.versions, PAGE_VERSIONS, {}, attempt, (row) => row),
    write: (entries) => writeOnCondition(entries, writeNewer),
    remove: (entries) => client.rows(sql.remove, columnsOf(entries, ["key", "version"])),
    changes: (since) => feed.changes(since),
  });
  return {
    ...store,
    claim: claimOf(client.handle, name, "postgresStore({ query, table })"),
    get warning() {
      return feed.warning;
    },
  };
}

function statementsOf(name) {
  // The text has a character before it, because PGlite drops a U+FEFF at the start of a value.
  const entry = `select key, version, '=' || text as text from ${name}`;
  const sorted = (column) =>
    `(select string_agg(${column}, ' ' order by ${column}) from (select ${column} from ${name} where false
      union all select unnest($1::text::text[])) as probe (${column}))`;
  return {
    // In C order keys sort by their bytes and versions as strings do in JavaScript, whatever language the database is in.
    // The column for a number that later versions need is there already.
    create: `create table if not exists ${name} (key text collate "C" primary key, version text collate "C" not null,
      text text not null, ends_at_ms bigint)`,
    order: `select ${sorted("key")} as key, ${sorted("version")} as version`,
    mendOrder: `alter table ${name} alter key type text collate "C", alter version type text collate "C"`,
    many: `${entry} where key = any ($1::text::text[])`,
    entries: `${entry} where key > $1::text order by key limit $2::int`,
    versions: `select key, version from ${name} where key > $1::text order by key limit $2::int`,
    writeNewer: `insert into ${name} as held (key, version, text)
      select * from unnest($1::text::text[], $2::text::text[], $3::text::text[])
      on conflict (key) do update set version = excluded.version, text = excluded.text
      where excluded.version > held.version returning held.key as key`,
    remove: `delete from ${name} as held using unnest($1::text::text[], $2::text::text[]) as gone (key, version)
      where held.key = gone.key and held.version = gone.version returning held.key as key`,
  };
}

// A related database that refuses this query has other orders. The next statement reports anything else that is wrong.
function unlessRefused(cause) {
  if (!/^(0A|42)/.test(cause?.code)) throw cause;
  const asWanted = IN_C_ORDER.join(" ");
  return [{ key: asWanted, version: asWanted }];
}

// Quoted, so that its letters are kept; checked, so that it cannot be anything but a name.
function quoted(table) {
  const parts = typeof table === "string" ? table.split(".") : [];
  if (parts.length >= 1 && parts.length <= 2 && parts.every(isName)) return parts.map((part) => `"${part}"`).join(".");
  throw wrongArgument("postgresStore({ table })", JSON.stringify(table), 'a name like "records" or "schema.records"');
}

function entryOf({ key, version, text }) {
  return { key, version, text: text.slice(1) };
}

function columnsOf(entries, names) {
  return names.map((name) => arrayText(entries.map((entry) => entry[name])));
}
