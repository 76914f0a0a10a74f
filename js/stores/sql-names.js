// Names that the SQL stores put into their statements, and the marks that they hand out.

const NAME = /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/;
// PostgreSQL truncates longer names silently.
const LONGEST_NAME = 63;

/** Whether `text` can stand between double quotes and mean nothing but a name. */
export function isName(text) {
  return typeof text === "string" && NAME.test(text);
}

/** A name for what belongs to a table: it has only the beginning of a long table name, and a hash of the whole. */
export function nameBeside(table, suffix) {
  if (table.length + suffix.length <= LONGEST_NAME) return table + suffix;
  const hash = hashOf(table);
  return `${table.slice(0, LONGEST_NAME - suffix.length - hash.length - 1)}_${hash}${suffix}`;
}

// FNV-1a: it only has to tell the few long names of one database apart.
function hashOf(text) {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}

/**
 * The marks of one store object: `markOf(state)` is what it hands out, `stateOf(mark)` what it gets back, undefined for
 * anything that this object did not hand out.
 */
export function marksOfStore() {
  const prefix = `${Math.random().toString(36).slice(2)}/`;
  return {
    markOf: (state) => prefix + state,
    stateOf: (mark) => (typeof mark === "string" && mark.startsWith(prefix) ? mark.slice(prefix.length) : undefined),
  };
}
