// The statements of the PostgreSQL feed: they make the list of changes with its triggers, and query it.
import { nameBeside } from "./sql-names.js";

// A statement that changes more keys, or TRUNCATE, is noted without any: as "everything".
const MOST_CHANGES = 10_000;
// How many changes are kept; and the most that are kept while a transaction stays open, because marks have not seen its
// changes: what is newer than its start is removed only beyond this limit.
const KEPT_CHANGES = 10_000;
const MOST_KEPT = 100_000;
// After about how many changes the oldest are removed.
const PRUNE_EVERY = 1000;
// A statement that waits for the lock on the table makes others wait behind it.
const LOCK_TIMEOUT_MS = 1000;

// The rows that a statement leaves are looked at together; the key that a row had before only if it was another one.
const TRIGGERS = [
  { name: "dbsharing_inserted", when: "insert", each: "referencing new table as changed for each statement" },
  { name: "dbsharing_updated", when: "update", each: "referencing new table as changed for each statement" },
  { name: "dbsharing_moved", when: "update", each: "for each row when (old.key is distinct from new.key)" },
  { name: "dbsharing_deleted", when: "delete", each: "referencing old table as changed for each statement" },
  { name: "dbsharing_truncated", when: "truncate", each: "for each statement" },
];

const isOn = (table) => `(select count(*) from pg_trigger where tgrelid = ${table} and tgenabled in ('O', 'A')
  and tgname in (${TRIGGERS.map(({ name }) => `'${name}'`).join(", ")})) = ${TRIGGERS.length}`;

/** What to ask about the table with this name, quoted as in statements; the answer is for `foundOf`. */
export function findStatement(table) {
  const { list, pruned } = namesBeside(table);
  const isReadable = (param) =>
    `coalesce(has_table_privilege(to_regclass(quote_ident(space.nspname) || '.' || quote_ident(${param})), 'select'), false)`;
  const text = `select quote_ident(space.nspname) as key, quote_ident(current_user) as role,
      (${isOn("held.oid")} and ${isReadable("$2::text")} and ${isReadable("$3::text")})::text as complete,
      exists (select from pg_attribute where attrelid = held.oid and attname = 'ends_at_ms' and not attisdropped)::text as ends
    from pg_class as held join pg_namespace as space on space.oid = held.relnamespace
    where held.oid = to_regclass($1::text)`;
  return { text, params: [table, list, pruned] };
}

/** The answer to `findStatement`: names, quoted as in statements, and what exists. */
export function foundOf(row, table) {
  const beside = namesBeside(table);
  const named = (name) => `${row.key}."${name}"`;
  return {
    table: named(beside.table),
    list: named(beside.list),
    pruned: named(beside.pruned),
    note: named(beside.note),
    role: row.role,
    isComplete: row.complete === "true",
    hasEnds: row.ends === "true",
  };
}

function namesBeside(quotedTable) {
  const table = quotedTable.split(".").at(-1).slice(1, -1);
  return {
    table,
    list: nameBeside(table, "_dbsharing_changes"),
    pruned: nameBeside(table, "_dbsharing_pruned"),
    note: nameBeside(table, "_dbsharing_note"),
  };
}

/**
 * The statements for a list that exists. `look` takes the epoch and the snapshot of a mark as parameters and returns at
 * least one row, unless a trigger is missing or the list cannot tell what is new. Tables that were created again, and a
 * server that was restarted (perhaps after it was put back to an older state), are another epoch.
 */
export function statementsOf({ table, list, pruned }) {
  const [held, noted] = [table, list].map((name) => `${literal(name)}::regclass::oid`);
  const xmin = "txid_snapshot_xmin($2::text::txid_snapshot)";
  return {
    look: `select coalesce(noted.key, '') as key, held.version as version, now.epoch || '/' || now.snapshot as state,
        case when now.known then 'known' else 'unknown' end as since,
        case when noted.xid is null then 'none' when noted.key is null then 'everything' else 'key' end as change
      from (
        select epoch, snapshot, epoch = $1::text and pruned < ${xmin} as known
        from (
          select ${held} || '.' || ${noted} || '.' || extract(epoch from pg_postmaster_start_time()) as epoch,
            txid_current_snapshot()::text as snapshot, pruned
          from ${pruned} where ${isOn(held)} and pruned < txid_snapshot_xmin(txid_current_snapshot())
        ) as state
      ) as now
      left join ${list} as noted on now.known and noted.xid >= ${xmin}
        and not txid_visible_in_snapshot(noted.xid, $2::text::txid_snapshot)
      left join ${table} as held on held.key = noted.key
      limit ${MOST_CHANGES + 1}`,
  };
}

/** Lets the role that looked for the list read it, if another one made it. */
export function grantStatement({ list, pruned, role }) {
  return `grant select on ${list}, ${pruned} to ${role}`;
}

/**
 * One statement that creates everything: the list, its triggers, and the column for a number that later versions need.
 * The change without a key comes after every mark: nothing was noted before the triggers existed.
 */
export function makeStatement(found) {
  const { table, list, pruned, note, hasEnds } = found;
  const triggers = TRIGGERS.map(
    ({ name, when, each }) => `drop trigger if exists ${name} on ${table};
  create trigger ${name} after ${when} on ${table} ${each} execute procedure ${note}();`,
  );
  return `do ${dollarQuoted(`
begin
  perform set_config('client_min_messages', 'warning', true);
  perform set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', true);
  ${hasEnds ? "" : `alter table ${table} add column if not exists ends_at_ms bigint;`}
  lock table ${table} in share row exclusive mode;
  create table if not exists ${list} (xid bigint not null default txid_current(), key text collate "C");
  create index if not exists ${nameOfIndex(list)} on ${list} (xid);
  create table if not exists ${pruned} (pruned bigint not null);
  insert into ${pruned} select 0 where not exists (select from ${pruned});
  insert into ${list} (key) values (null);
  ${noteFunction(found)}
  ${triggers.join("\n  ")}
end `)}`;
}

const nameOfIndex = (list) =>
  `"${list.slice(list.lastIndexOf('."') + 2, -1).replace(/_dbsharing_changes$/, "_dbsharing_xid")}"`;

// It runs with the rights of its owner: a role that may write the table needs no right to the list. If two transactions
// remove what is old at the same time, the second one does not, so that neither waits.
function noteFunction({ list, pruned, note }) {
  return `create or replace function ${note}() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp as ${dollarQuoted(`
declare
  keys text[];
  horizon bigint;
  too_old bigint;
begin
  if tg_level = 'ROW' then
    keys := array[old.key];
  elsif tg_op <> 'TRUNCATE' then
    keys := array(select key from changed limit ${MOST_CHANGES + 1});
  end if;
  if keys is null or cardinality(keys) > ${MOST_CHANGES} then
    keys := array[null];
  end if;
  insert into ${list} (key) select unnest(keys);
  if random() * ${PRUNE_EVERY} >= cardinality(keys) then
    return null;
  end if;
  perform from ${pruned} for update skip locked;
  if not found then
    return null;
  end if;
  select xid into horizon from ${list} order by xid desc offset ${KEPT_CHANGES} limit 1;
  if horizon is null then
    return null;
  end if;
  select xid into too_old from ${list} order by xid desc offset ${MOST_KEPT} limit 1;
  horizon := greatest(least(horizon, txid_snapshot_xmin(txid_current_snapshot()) - 1), too_old);
  delete from ${list} where xid <= horizon;
  update ${pruned} set pruned = greatest(pruned, horizon);
  return null;
end `)};`;
}

function literal(text) {
  return `'${text.replaceAll("'", "''")}'`;
}

// Quoted with dollars and a tag that the text does not contain.
function dollarQuoted(text) {
  let tag = "$do$";
  for (let number = 1; text.includes(tag); number += 1) tag = `$do${number}$`;
  return tag + text + tag;
}
