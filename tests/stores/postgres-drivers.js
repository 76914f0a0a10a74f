// How each driver of PostgreSQL connects to a server of the tests, and what the store gets.
import pg from "pg";
import postgres from "postgres";

/** `connect(server)` of each driver returns `{ client, query, end }`: the pool, its query function, and a function that ends it. */
export const drivers = {
  pg(server, { options = "", max = 10 } = {}) {
    const { host, user, database } = server;
    const pool = new pg.Pool({ host, user, database, max, options });
    pool.on("error", () => {}); // a connection that idles when the server stops
    return { client: pool, query: (text, params) => pool.query(text, params), end: () => pool.end() };
  },
  "postgres.js"({ host, user, database }) {
    const sql = postgres({ path: `${host}/.s.PGSQL.5432`, user, database, onnotice: () => {} });
    return { client: sql, query: (text, params) => sql.unsafe(text, params), end: () => sql.end() };
  },
};

/** The query function, which adds the codes of its failures to `codes`. */
export function recording(query, codes) {
  return async (text, params) => {
    try {
      return await query(text, params);
    } catch (error) {
      codes.push(error.code);
      throw error;
    }
  };
}
