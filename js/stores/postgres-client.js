// One statement after the other through the client that the user has, whichever it is: rows in one form, and what
// PostgreSQL asks to be tried again is tried again.
import { messageOf } from "../core/errors.js";
import { invalid } from "../core/option-errors.js";
import { kindName } from "../core/kind-name.js";
import { refuseUnknown } from "../core/store-options.js";
import { after, elapsedMs } from "../core/timing.js";

// serialization_failure and deadlock_detected; and how long they are tried again: what the core waits for a database.
const TRY_AGAIN = ["40001", "40P01"];
const PATIENCE_MS = 10_000;
const LONGEST_PAUSE_MS = 250;

/** What is wanted of `options`, in words. */
const WANTED = `postgresStore({ query }) wants a function (text, params), such as (text, params) => pool.query(text, params),
or of postgres.js (text, params) => sql.unsafe(text, params)`.replace("\n", " ");

export class PostgresClient {
  #options;

  /** `options` has the function `query`; or it is itself a client or a pool that has this method. */
  constructor(options) {
    if (typeof options?.query !== "function") throw invalid(TypeError, `${WANTED}; it got ${withoutQuery(options)}`);
    if (isPlain(options)) refuseUnknown(options, ["query", "table"]);
    this.#options = options;
  }

  /** What two stores share that are given the same client. */
  get handle() {
    return Object.hasOwn(this.#options, "query") ? this.#options.query : this.#options;
  }

  /** The rows of a statement; rejects with what the client says. */
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

  // `{ query: pool.query }` has lost its pool, which shows when it is called: as some TypeError about `this`.
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
 * Strings as one parameter, to be written `$1::text::text[]`: not every driver can hand over an array (postgres.js with
 * `fetch_types: false` cannot).
 */
export function arrayText(strings) {
  return `{${strings.map((text) => `"${text.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
}

// pg and PGlite answer with { rows }, postgres.js with the rows. Anything else would make every record look absent.
function rowsOf(result) {
  const rows = Array.isArray(result) ? result : result?.rows;
  if (Array.isArray(rows) && rows.every((row) => typeof row?.key === "string")) return rows;
  throw new TypeError("query(text, params) wants to give rows as objects: an array of them, or { rows }");
}
