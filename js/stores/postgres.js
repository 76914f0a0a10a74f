// Records in a PostgreSQL table, through any client that can run one statement with parameters: pg, postgres.js, PGlite.

import { checkEntries, decideWrites, outcomesByKey, pagesByKey } from "../core/store-contract.js";
import { after } from "../core/timing.js";

const PAGE_ENTRIES = 200;
const PAGE_VERSIONS = 2000;
const PAGE_KEYS = 500;

// PostgreSQL asks for these to be tried again: serialization_failure and deadlock_detected.
const TRY_AGAIN = ["40001", "40P01"];
const MOST_TRIES = 8;
// What the slower of two processes gets that make the table at once: unique_violation, duplicate_table, duplicate_object.
const MADE_MEANWHILE = ["23505", "42P07", "42710"];

/**
 * A store in one table of a PostgreSQL database, made when it is first used. A batch is one statement, decided by the
 * database, so any number of processes may share the table. `close()` waits for writes under way; the client stays open.
 *
 * @param {{ query(text: string, params: unknown[]): PromiseLike<unknown>, table?: string }} options
 * @returns {import("../index.js").Store}
 * @throws {TypeError} when `query` is no function or `table` no name
 * @example
 * import pg from "pg";
 * const pool = new pg.Pool();
 * const db = postgresStore({ query: (text, params) => pool.query(text, params) });
 */
export function postgresStore({ query, table = "dbsharing_records" } = {}) {
  if (typeof query !== "function") {
    throw new TypeError(`postgresStore({ query }) wants a function (text, params); it got ${typeof query}`);
  }
  const name = quoted(table);
  const underWay = new Set();
  let tableReady;
  let closed = false;

  // In C order keys sort by their bytes and versions as strings do in JavaScript, whatever language the database is in.
  const CREATE = `create table if not exists ${name} (
    key text collate "C" primary key, version text collate "C" not null, text text not null)`;
  // The text comes with a letter before it, because PGlite drops a U+FEFF that a value begins with.
  const MANY = `select key, version, '=' || text as text from ${name} where key = any ($1::text[])`;
  const ENTRIES = `select key, version, '=' || text as text from ${name} where key > $1::text order by key limit $2::int`;
  const VERSIONS = `select key, version from ${name} where key > $1::text order by key limit $2::int`;
  const WRITE_NEWER = `insert into ${name} as held (key, version, text)
    select * from unnest($1::text[], $2::text[], $3::text[])
    on conflict (key) do update set version = excluded.version, text = excluded.text
    where excluded.version > held.version returning held.key as key`;

  const REMOVE = `delete from ${name} as held using unnest($1::text[], $2::text[]) as gone (key, version)
    where held.key = gone.key and held.version = gone.version returning held.key as key`;

  function refuseWhenClosed(what) {
    if (closed) throw new Error(`postgresStore could not ${what}: this store is closed`);
  }

  async function attempt(what, text, params) {
    try {
      await tableThere();
      return await rows(text, params);
    } catch (cause) {
      throw new Error(`postgresStore could not ${what}: ${cause?.message ?? cause}`, { cause });
    }
  }

  async function rows(text, params) {
    for (let tries = 1; ; tries += 1) {
      try {
        return rowsOf(await query(text, params));
      } catch (cause) {
        if (!TRY_AGAIN.includes(cause?.code) || tries === MOST_TRIES) throw cause;
      }
      await new Promise((resolve) => after(2 ** tries * (0.5 + Math.random()), resolve));
    }
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
    const found = await rows("select $1::text as key where to_regclass($1::text) is not null", [name]);
    if (found.length > 0) return;
    try {
      await rows(CREATE, []);
    } catch (cause) {
      if (!MADE_MEANWHILE.includes(cause?.code)) throw cause;
    }
  }

  function pages(what, text, pageRows, range) {
    const readPage = async (after, count) => {
      refuseWhenClosed(what);
      return attempt(what, text, [after, count]);
    };
    return pagesByKey(readPage, pageRows, range);
  }

  async function writeNewer(what, winners) {
    // All writers lock their rows in the order of the keys, so that none of ours waits for another in a circle.
    const sorted = [...winners].sort((one, other) => (one.key < other.key ? -1 : 1));
    const columns = ["key", "version", "text"].map((column) => sorted.map((entry) => entry[column]));
    return new Set((await attempt(what, WRITE_NEWER, columns)).map(({ key }) => key));
  }

  return {
    async getMany(keys) {
      const what = `read ${keys.length} keys`;
      refuseWhenClosed(what);
      const rowByKey = new Map();
      for (let at = 0; at < keys.length; at += PAGE_KEYS) {
        const page = await attempt(what, MANY, [keys.slice(at, at + PAGE_KEYS)]);
        for (const row of page) rowByKey.set(row.key, row);
      }
      return keys.map((key) => entryOf(rowByKey.get(key)));
    },

    async *entries(range) {
      for await (const page of pages("list its entries", ENTRIES, PAGE_ENTRIES, range)) yield* page.map(entryOf);
    },

    async *versions() {
      for await (const page of pages("list its versions", VERSIONS, PAGE_VERSIONS)) {
        for (const { key, version } of page) yield { key, version };
      }
    },

    async write(entries) {
      checkEntries(entries);
      const what = `write ${entries.length} entries`;
      refuseWhenClosed(what);
      const { outcomes, winners } = decideWrites(entries, []);
      if (winners.length === 0) return outcomes;
      const writing = writeNewer(what, winners);
      underWay.add(writing);
      const written = await writing.finally(() => underWay.delete(writing));
      return outcomesByKey(entries, outcomes, written);
    },

    async remove(entries) {
      const what = `remove ${entries.length} entries`;
      refuseWhenClosed(what);
      await attempt(what, REMOVE, ["key", "version"].map((column) => entries.map((entry) => entry[column])));
    },

    async close() {
      closed = true;
      await Promise.allSettled(underWay);
    },
  };
}

// Quoted, so that it means itself whatever its letters; checked, so that it can mean nothing else.
function quoted(table) {
  const parts = typeof table === "string" ? table.split(".") : [];
  if (parts.length >= 1 && parts.length <= 2 && parts.every((part) => /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/.test(part))) {
    return parts.map((part) => `"${part}"`).join(".");
  }
  throw new TypeError(
    `postgresStore({ table }) wants a name like "records" or "schema.records"; it got ${JSON.stringify(table)}`,
  );
}

// pg and PGlite answer with { rows }, postgres.js with the rows. Anything else would make every record look absent.
function rowsOf(result) {
  const rows = Array.isArray(result) ? result : result?.rows;
  if (Array.isArray(rows) && rows.every((row) => typeof row?.key === "string")) return rows;
  throw new TypeError("query(text, params) wants to give rows as objects: an array of them, or { rows }");
}

function entryOf(row) {
  return row && { key: row.key, version: row.version, text: row.text.slice(1) };
}
