// What anybody wrote or removed in a PostgreSQL table: triggers on the table note the keys of every statement in a list
// beside it, so that other processes, those of version 0.1.0 and an operator's own statements are noted too.
//
// A change belongs to a transaction, and a mark is a snapshot: what is noted now by a transaction that the mark's
// snapshot did not see is what happened since, in whatever order transactions began and were committed. So writers need
// no counter, for whose row each would have to wait until the one before has committed.
import { messageOf } from "../core/errors.js";
import { isKey } from "../core/store-contract.js";
import { findStatement, foundOf, grantStatement, makeStatement, statementsOf } from "./postgres-feed-sql.js";
import { marksOfStore } from "./sql-names.js";

const MOST_CHANGES = 10_000;
// Another transaction holds a lock that is needed; the database asks to be tried again; a statement was cancelled.
const FOR_NOW = ["55P03", "40001", "40P01", "57014"];
// Classes of failures that say: not with this role, on this server, or in this kind of database.
const REFUSED = /^(0A|25|28|2F|3F|42|55)/;
const NO_LIST_OR_NO_RIGHT = ["42P01", "42501"];

/** What there is to do where the table was dropped. */
export const TABLE_GONE_REMEDY = "create it again, or restart the process: it is made when a store is first used";

/** The feed of one store object. */
export class PostgresFeed {
  #client;
  #table;
  #sql; // statements with the schema in which the table was found; undefined while the list is not in its place
  #marks;
  #isHopeless = false; // this kind of database does not even know what is asked for

  /** Why there is no feed, where that lasts, and what would mend it. */
  warning;

  /** `table` is the table's name as it stands in statements. */
  constructor(client, table) {
    this.#client = client;
    this.#table = table;
    this.#marks = marksOfStore();
  }

  /** The changes since a mark; undefined while the triggers cannot be made. Rejects with what the client says. */
  async changes(since) {
    const [epoch, snapshot] = (this.#marks.stateOf(since) ?? "").split("/");
    const rows = (await this.#look(epoch, snapshot)) ?? (await this.#lookAnew());
    if (rows === undefined) return undefined;
    const mark = this.#marks.markOf(rows[0].state);
    const changed = rows.filter(({ change }) => change !== "none");
    const areKnown = changed.length <= MOST_CHANGES && changed.every(({ change }) => change === "key");
    return rows[0].since === "known" && areKnown ? { mark, entries: entriesOf(changed) } : { mark };
  }

  /** The rows of a look; undefined where the list or a trigger is missing, or it cannot be said what is new in it. */
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

  /** The statements for a list that is in its place, where need be after making it; undefined where that cannot be. */
  async #statementsInPlace() {
    if (this.#isHopeless) return undefined;
    let found = await this.#unlessRefused(() => this.#find());
    // Once refused it is looked for, and no more tried: the warning says how.
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

  /** The table as the database knows it, and whether everything is there beside it. */
  async #find() {
    const { text, params } = findStatement(this.#table);
    const [row] = await this.#client.rows(text, params);
    if (row === undefined) throw new Error(`the table ${this.#table} is not there any more; ${TABLE_GONE_REMEDY}`);
    return foundOf(row, this.#table);
  }

  /** What `work` gives; undefined where the database or a lock is against it. `found` is what was to be made. */
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
    `postgresStore cannot see at once what others write to the table ${table}, because triggers on it could not be made ` +
    `(${messageOf(cause)})`;
  if (found === undefined) return fault;
  const statements = `${makeStatement(found).replace(/\s+/g, " ")}; ${grantStatement(found)}`;
  return `${fault}; the owner of the table can make them: ${statements}`;
}
