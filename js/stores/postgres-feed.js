// What anyone wrote or removed in a PostgreSQL table: triggers on the table note the keys of every statement in a list
// beside it, including those of other processes, of version 0.1.0 and of an operator.
//
// A change belongs to a transaction, and a mark is a snapshot: the changes since a mark are those noted by transactions
// that its snapshot did not see, in whatever order they began and committed. So writers need no counter, for whose row
// each would have to wait until the one before has committed.
import { messageOf } from "../core/errors.js";
import { isKey } from "../core/store-contract.js";
import { findStatement, foundOf, grantStatement, makeStatement, statementsOf } from "./postgres-feed-sql.js";
import { marksOfStore } from "./sql-names.js";

const MOST_CHANGES = 10_000;
// Another transaction holds a lock that is needed; the database asks for a retry; a statement was cancelled.
const FOR_NOW = ["55P03", "40001", "40P01", "57014"];
// Classes of failures that mean: not with this role, on this server, or in this kind of database.
const REFUSED = /^(0A|25|28|2F|3F|42|55)/;
const NO_LIST_OR_NO_RIGHT = ["42P01", "42501"];

/** What to do if the table was dropped. */
export const TABLE_GONE_REMEDY = "create it again, or restart the process: it is created when a store is first used";

/** The feed of one store object. */
export class PostgresFeed {
  #client;
  #table;
  #sql; // statements with the schema in which the table was found; undefined while the list is not in its place
  #marks;
  #isHopeless = false; // this kind of database does not know what the query asks for

  /** Why there is no feed, if that lasts, and what would fix it. */
  warning;

  /** `table` is the table's name, quoted as in statements. */
  constructor(client, table) {
    this.#client = client;
    this.#table = table;
    this.#marks = marksOfStore();
  }

  /** The changes since a mark; undefined while the triggers cannot be created. Rejects with the client's error. */
  async changes(since) {
    const [epoch, snapshot] = (this.#marks.stateOf(since) ?? "").split("/");
    const rows = (await this.#look(epoch, snapshot)) ?? (await this.#lookAnew());
    if (rows === undefined) return undefined;
    const mark = this.#marks.markOf(rows[0].state);
    const changed = rows.filter(({ change }) => change !== "none");
    const areKnown = changed.length <= MOST_CHANGES && changed.every(({ change }) => change === "key");
    return rows[0].since === "known" && areKnown ? { mark, entries: entriesOf(changed) } : { mark };
  }

  /** The rows of a look; undefined if the list or a trigger is missing, or the list cannot tell what is new. */
  async #look(epoch = "", snapshot = "") {
    if (this.#sql === undefined) return undefined;
    try {
      const rows = await this.#client.rows(this.#sql.look, [epoch, snapshot || "1:1:"]);
      if (rows.length > 0) return rows;
    } catch (cause) {
      if (!NO_LIST_OR_NO_RIGHT.includes(cause?.code)) throw cause;
    }
    this.#sql = undefined;
    return undefined;
  }

  async #lookAnew() {
    this.#sql = await this.#statementsInPlace();
    return this.#look();
  }

  /** The statements for the list, which is created if it has to be; undefined if it cannot be. */
  async #statementsInPlace() {
    if (this.#isHopeless) return undefined;
    let found = await this.#unlessRefused(() => this.#find());
    // Once refused, it is only looked for and not created again: the warning says how.
    if (found && !found.isComplete && this.warning === undefined) {
      const make = async () => {
        await this.#client.rows(makeStatement(found));
        return this.#find();
      };
      found = await this.#unlessRefused(make, found);
    }
    if (!found?.isComplete) return undefined;
    this.warning = undefined;
    return statementsOf(found);
  }

  /** The table as the database knows it, and whether everything exists beside it. */
  async #find() {
    const { text, params } = findStatement(this.#table);
    const [row] = await this.#client.rows(text, params);
    if (row === undefined) throw new Error(`the table ${this.#table} no longer exists; ${TABLE_GONE_REMEDY}`);
    return foundOf(row, this.#table);
  }

  /** What `work` resolves to; undefined if the database or a lock prevents it. `found` is what was to be created. */
  async #unlessRefused(work, found) {
    try {
      return await work();
    } catch (cause) {
      if (FOR_NOW.includes(cause?.code)) return undefined;
      if (!REFUSED.test(cause?.code)) throw cause;
      this.#isHopeless = found === undefined;
      this.warning = warningOf(this.#table, cause, found);
      return undefined;
    }
  }
}

function entriesOf(rows) {
  const versionByKey = new Map(rows.filter(({ key }) => isKey(key)).map(({ key, version }) => [key, version ?? undefined]));
  return Array.from(versionByKey, ([key, version]) => ({ key, version }));
}

function warningOf(table, cause, found) {
  const fault =
    `postgresStore cannot see immediately what others write to the table ${table}, because triggers on it could not ` +
    `be created (${messageOf(cause)})`;
  if (found === undefined) return fault;
  const statements = `${makeStatement(found).replace(/\s+/g, " ")}; ${grantStatement(found)}`;
  return `${fault}; the owner of the table can create them: ${statements}`;
}
