// PGlite is not here: its tests in postgres.test.js share one database, because it needs seconds to make a new one.
import { postgresPrograms, startPostgres } from "../postgres-server.js";
import { sqlByHand } from "../sql-by-hand.js";

const server = {
  store: "postgres",
  isShared: true,
  whyNot: () => (postgresPrograms() ? undefined : "PostgreSQL is not installed"),
  async prepare() {
    const { host, user, database, stop } = await startPostgres();
    let count = 0;
    return {
      async emptyPlace() {
        count += 1;
        return JSON.stringify({ host, user, database, table: `records_${count}` });
      },
      remove: stop,
    };
  },
  storeOver: ({ postgresStore }, { query, table }) => postgresStore({ query, table }),
};

/** @type {import("../databases.js").Row[]} */
export const databases = [
  { ...server, name: "postgres", driver: "pg", connect: connectBy("pg"), hasReleased: true, bare: barePostgres },
  { ...server, name: "postgres.js", driver: "postgres", connect: connectBy("postgres.js"), isVariant: true },
];

function connectBy(driver) {
  return async (place) => {
    const { drivers } = await import("../postgres-drivers.js");
    const { table, ...address } = JSON.parse(place);
    const { client, query, end } = drivers[driver](address);
    return { client, query, table, close: end, byHand: sqlByHand((statement) => query(statement, []), table) };
  };
}

async function barePostgres(pool) {
  const query = (text, params) => pool.query(text, params);
  await query(`create table bare (key text collate "C" primary key, version text collate "C", text text)`);
  const columns = (batch) => ["key", "version", "text"].map((name) => batch.map((entry) => entry[name]));
  const count = async (text) => (await query(text)).rows.length;
  return {
    write: (batch) =>
      query(
        `insert into bare select * from unnest($1::text[], $2::text[], $3::text[]) on conflict (key) do update
         set version = excluded.version, text = excluded.text where excluded.version > bare.version`,
        columns(batch),
      ),
    get: async (keys) => (await query("select * from bare where key = any ($1::text[])", [keys])).rows,
    scan: () => count("select * from bare order by key"),
    versions: () => count("select key, version from bare order by key"),
  };
}
