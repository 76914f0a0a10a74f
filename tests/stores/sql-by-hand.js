// What an operator might do to the records of a SQL database.

/** The `byHand` of a connection; `execute` runs a statement. */
export function sqlByHand(execute, table = "dbsharing_records") {
  const oneRow = `where key = (select min(key) from ${table})`;
  return {
    deleteOne: () => execute(`delete from ${table} ${oneRow}`),
    damageOne: () => execute(`update ${table} set version = 'oops' ${oneRow}`),
    deleteAll: () => execute(`delete from ${table}`),
  };
}
