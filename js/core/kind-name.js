/** How much of a text is repeated in a message. */
const MAX_TEXT_CHARACTERS = 60;

/** What kind of value was given instead of what was wanted, for a sentence that says so without showing the value. */
export function kindName(value) {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The value itself where it is short, else its kind. */
export function printed(value) {
  if (typeof value === "string") return JSON.stringify(value.slice(0, MAX_TEXT_CHARACTERS));
  if (typeof value === "bigint") return `${value}n`.slice(0, MAX_TEXT_CHARACTERS);
  if (value === null || ["number", "boolean", "undefined"].includes(typeof value)) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The same of a value that may be a secret, or have one in it: a text is not shown. */
export function printedKind(value) {
  return typeof value === "string" ? "a string" : printed(value);
}

/** The same of what should be a url: what may be a password, or a secret in its query, is not shown. */
export function printedUrl(value) {
  return printed(
    typeof value === "string" ? value.replace(/^([a-z\d+.-]*:\/\/)?.*@/is, "$1…@").replace(/\?.*$/s, "?…") : value,
  );
}
