/** What kind of value was given instead of what was wanted, for a sentence that says so without showing the value. */
export function kindName(value) {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "an array" : `of type ${typeof value}`;
}
