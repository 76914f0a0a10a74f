// What anyone wrote or removed in a SQLite table: triggers on the table note every change in a list beside it, including
// those of other processes, of version 0.1.0 and of an operator.
//
// The list is a ring: each change has the number after the last one, and those more than MOST_CHANGES back are removed.
// A number comes with a nonce, so that a mark is known only in the history in which it was taken: in an older copy of
// the file, or after a rollback, the same number has another nonce or does not exist.
import { messageOf } from "../core/errors.js";
import { isKey } from "../core/store-contract.js";
import { isBusy } from "./sqlite-connection.js";
import { marksOfStore } from "./sql-names.js";

const MOST_CHANGES = 10_000;
// After how many changes the oldest are removed.
const PRUNE_EVERY = 1000;
const PAGE_CHANGES = 1000;
const STATE = /^(\d{1,15})\.(\d{1,16})$/;

/** The feed of one store object over the table `name`. */
export class SqliteFeed {
  #connection;
  #name;
  #sql;
  #marks;
  #checkedSchema; // the file's schema_version with which everything was in its place
  #ownLast; // the last change when this store object last wrote

  /** Why there is no feed, if that lasts. */
  warning;

  constructor(connection, name) {
    this.#connection = connection;
    this.#name = name;
    this.#sql = statementsOf(name);
    this.#marks = marksOfStore();
  }

  /** The changes since a mark; undefined while the triggers cannot be created. */
  async changes(since) {
    const state = this.#stateOf(since);
    const look = await this.#connection
      .attempt(() => this.#look(state))
      .catch((failure) => {
        this.#checkedSchema = undefined; // whatever it was, the next look checks everything
        throw failure;
      });
    if (look === undefined) return undefined;
    const { last, isKnown } = look;
    const mark = this.#marks.markOf(`${last.n}.${last.nonce}`);
    const entries = isKnown ? await this.#entries(state, last.n) : undefined;
    return entries ? { mark, entries } : { mark };
  }

  /** Called in a transaction in which this store object has written: a look must find these changes in the list. */
  noteOwn() {
    if (this.#checkedSchema === undefined) return;
    try {
      [this.#ownLast] = this.#connection.rows(this.#sql.last);
    } catch {
      this.#checkedSchema = undefined; // the list was dropped: the next look creates it again
    }
  }

  #stateOf(mark) {
    const [, n, nonce] = STATE.exec(this.#marks.stateOf(mark) ?? "") ?? [];
    return n === undefined ? undefined : { n: Number(n), nonce: Number(nonce) };
  }

  /** The last change of the list, and whether a mark's state belongs to its history; undefined if there is no list. */
  #look(state) {
    let [last] = this.#isInPlace() ? this.#connection.rows(this.#sql.last) : [];
    if (last === undefined && this.#isMade()) [last] = this.#connection.rows(this.#sql.last);
    return last && { last, isKnown: state !== undefined && this.#isKnown(state, last) };
  }

  #isKnown(state, last) {
    if (this.#ownLast?.n > state.n && !this.#isThere(this.#ownLast)) return this.#forgetMarks();
    const isInRing = state.n <= last.n && last.n - state.n <= MOST_CHANGES;
    return isInRing && this.#isThere(state);
  }

  // What we have written ourselves is missing if the file was put back to an older state.
  #forgetMarks() {
    this.#marks = marksOfStore();
    this.#ownLast = undefined;
    return false;
  }

  #isThere({ n, nonce }) {
    return this.#connection.rows(this.#sql.one, n, nonce).length > 0;
  }

  /** What changed after a state, up to the change `last`; undefined if the list does not have all of it, or no longer. */
  async #entries(state, last) {
    const versionByKey = new Map();
    for (let after = state.n; after < last; ) {
      const read = () => this.#connection.rows(this.#sql.page, after, last, state.n, state.nonce);
      const page = await this.#connection.attempt(read);
      if (page.length === 0 || page.some(({ key }) => key === null)) return undefined;
      for (const { key, version } of page) if (isKey(key)) versionByKey.set(key, version ?? undefined);
      after = page.at(-1).n;
    }
    return Array.from(versionByKey, ([key, version]) => ({ key, version }));
  }

  // The schema's number changes with every table and trigger of the file that is created or dropped.
  #isInPlace() {
    const [{ schema_version: schema }] = this.#connection.rows("pragma schema_version");
    if (schema === this.#checkedSchema) return true;
    const isComplete = this.#isComplete();
    this.#checkedSchema = isComplete ? schema : undefined;
    if (isComplete) this.warning = undefined;
    return isComplete;
  }

  #isComplete() {
    const { parts, count, columns } = this.#sql;
    return this.#connection.rows(parts)[0].count === count && this.#connection.rows(columns).length > 0;
  }

  // Tried once at each look: a process that holds the file for long must not delay anything here.
  #isMade() {
    try {
      this.#connection.inTransaction(() => this.#make());
      return this.#isInPlace();
    } catch (cause) {
      const isForNow = isBusy(cause) || /within a transaction/.test(cause?.message);
      if (!isForNow) this.warning ??= this.#warningOf(cause);
      return false;
    }
  }

  #make() {
    this.#connection.exec(this.#sql.table);
    const isOld = this.#connection.rows(this.#sql.columns).length === 0;
    if (isOld) this.#connection.exec(this.#sql.column);
    this.#connection.exec(this.#sql.make);
  }

  #warningOf(cause) {
    const statements = this.#sql.make.replace(/\s+/g, " ");
    return (
      `sqliteStore cannot see immediately what others write to the table "${this.#name}", because triggers on it could not ` +
      `be created (${messageOf(cause)}); open the file once with the right to write, or run: ${statements}`
    );
  }
}

/** The table of the records, which already has a column for a number that later versions need. */
export function tableOf(name) {
  return `create table if not exists "${name}" (
  key text not null primary key collate binary, version text not null, text text not null, ends_at_ms integer) without rowid`;
}

function statementsOf(name) {
  const list = `"${name}_dbsharing_changes"`;
  const triggers = ["insert", "update", "delete", "prune"].map((kind) => `${name}_dbsharing_${kind}`);
  const [onInsert, onUpdate, onDelete, onPrune] = triggers.map((trigger) => `"${trigger}"`);
  const names = [`${name}_dbsharing_changes`, ...triggers].map((part) => `'${part}'`).join(", ");
  return {
    table: tableOf(name),
    columns: `select name from pragma_table_info('${name}') where name = 'ends_at_ms'`,
    column: `alter table "${name}" add column ends_at_ms integer`,
    count: triggers.length + 1,
    parts: `select count(*) as count from sqlite_master where name collate nocase in (${names})`,
    last: `select n, nonce from ${list} order by n desc limit 1`,
    one: `select n from ${list} where n = ? and nonce = ?`,
    page: `select change.n as n, change.key as key, held.version as version from ${list} as change
      left join "${name}" as held on held.key = change.key
      where change.n > ? and change.n <= ? and exists (select 1 from ${list} where n = ? and nonce = ?)
      order by change.n limit ${PAGE_CHANGES}`,
    // The change without a key comes after every mark: nothing was noted before the triggers existed.
    make: `create table if not exists ${list} (
        n integer primary key, nonce integer not null default (random() & 0xfffffffffffff), key text);
      drop trigger if exists ${onInsert}; drop trigger if exists ${onUpdate};
      drop trigger if exists ${onDelete}; drop trigger if exists ${onPrune};
      create trigger ${onInsert} after insert on "${name}" begin
        insert into ${list} (key) values (new.key); end;
      create trigger ${onUpdate} after update on "${name}" begin
        insert into ${list} (key) select old.key where old.key <> new.key;
        insert into ${list} (key) values (new.key); end;
      create trigger ${onDelete} after delete on "${name}" begin
        insert into ${list} (key) values (old.key); end;
      create trigger ${onPrune} after insert on ${list} when new.n % ${PRUNE_EVERY} = 0 begin
        delete from ${list} where n < new.n - ${MOST_CHANGES}; end;
      insert into ${list} (key) values (null);`,
  };
}
