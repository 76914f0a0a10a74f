// How a wrong value is described in a message.

/** How many characters of a string are repeated in a message. */
const MAX_TEXT_CHARACTERS = 60;

/** The kind of the value, for a message that must not show the value itself. */
export function kindName(value) {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The value itself if it is short, otherwise its kind. */
export function printed(value) {
  if (typeof value === "string") return JSON.stringify(value.slice(0, MAX_TEXT_CHARACTERS));
  if (typeof value === "bigint") return `${value}n`.slice(0, MAX_TEXT_CHARACTERS);
  if (value === null || ["number", "boolean", "undefined"].includes(typeof value)) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The same for a value that may be or contain a secret: a string is not shown. */
export function printedKind(value) {
  return typeof value === "string" ? "a string" : printed(value);
}

/** The same for what should be a url: a password or a query, which may be secret, is not shown. */
export function printedUrl(value) {
  return printed(
    typeof value === "string" ? value.replace(/^([a-z\d+.-]*:\/\/)?.*@/is, "$1…@").replace(/\?.*$/s, "?…") : value,
  );
}
