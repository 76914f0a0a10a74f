// Runs statements through whichever client the user has: rows come in one form, and what PostgreSQL asks to be retried is
// retried.
import { messageOf } from "../core/errors.js";
import { wrongArgument } from "../core/option-errors.js";
import { kindName } from "../core/kind-name.js";
import { refuseUnknown } from "../core/store-options.js";
import { after, elapsedMs } from "../core/timing.js";

// serialization_failure and deadlock_detected; and how long they are retried: as long as the core waits for a database.
const TRY_AGAIN = ["40001", "40P01"];
const PATIENCE_MS = 10_000;
const LONGEST_PAUSE_MS = 250;

/** What is wanted of `options`, in words. */
const WANTED =
  "a function (text, params), such as (text, params) => pool.query(text, params), " +
  "or of postgres.js (text, params) => sql.unsafe(text, params)";

export class PostgresClient {
  #options;

  /** `options` has the function `query`, or is itself a client or pool with this method. */
  constructor(options) {
    if (typeof options?.query !== "function") throw wrongArgument("postgresStore({ query })", withoutQuery(options), WANTED);
    if (isPlain(options)) refuseUnknown(options, ["query", "table"]);
    this.#options = options;
  }

  /** What is the same for two stores over one client. */
  get handle() {
    return Object.hasOwn(this.#options, "query") ? this.#options.query : this.#options;
  }

  /** The rows of a statement; rejects with the client's error. */
  async rows(text, params = []) {
    const startedMs = elapsedMs();
    for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        return rowsOf(await this.#query(text, params));
      } catch (cause) {
        if (!TRY_AGAIN.includes(cause?.code) || elapsedMs() - startedMs > PATIENCE_MS) throw cause;
      }
      await new Promise((resolve) => after(pauseMs * (0.5 + Math.random()), resolve));
    }
  }

  // `{ query: pool.query }` has lost its pool, which shows when it is called: as a TypeError about `this`.
  async #query(text, params) {
    try {
      return await this.#options.query(text, params);
    } catch (cause) {
      if (cause?.name !== "TypeError" || cause.code !== undefined) throw cause;
      const remedy = "if it is a method of a client, give { query: (text, params) => pool.query(text, params) }";
      throw new TypeError(`query(text, params) did not work; ${remedy}: ${messageOf(cause)}`, { cause });
    }
  }
}

function withoutQuery(options) {
  return options?.query === undefined ? `${kindName(options)} without query` : `a query that is ${kindName(options.query)}`;
}

/** Whether these are options: a client has other methods, or a class. */
function isPlain(options) {
  const functions = Object.values(options).filter((value) => typeof value === "function");
  return [Object.prototype, null].includes(Object.getPrototypeOf(options)) && functions.length === 1;
}

/**
 * Strings as one parameter, to be written `$1::text::text[]`: not every driver can pass an array (postgres.js with
 * `fetch_types: false` cannot).
 */
export function arrayText(strings) {
  return `{${strings.map((text) => `"${text.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
}

// pg and PGlite answer with { rows }, postgres.js with the rows. Anything else would make every record look absent.
function rowsOf(result) {
  const rows = Array.isArray(result) ? result : result?.rows;
  if (Array.isArray(rows) && rows.every((row) => typeof row?.key === "string")) return rows;
  throw new TypeError("query(text, params) gave no rows; wanted an array of rows as objects, or { rows }");
}
