// Text from elsewhere, made safe to show: what would steer a terminal, forge a line or turn the order of letters around
// is spelled out instead. A record, an answer or a file name may hold any of it.

// Control characters, format characters (bidi overrides and what else is invisible), ends of lines, halves of pairs.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const SHORT = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text as one line that shows every character: an escape character becomes `\u{1b}`, a line end `\n`. */
export function printable(text) {
  return String(text).replace(UNPRINTABLE, (character) => SHORT[character] ?? `\\u{${codeOf(character)}}`);
}

/** JSON text that means the same and holds no such character: each is escaped as JSON does. */
export function printableJson(text) {
  return text.replace(UNPRINTABLE, (character) => character.replace(/[^]/g, jsonEscape));
}

function jsonEscape(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function codeOf(character) {
  return character.codePointAt(0).toString(16);
}
