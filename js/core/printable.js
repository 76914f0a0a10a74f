// Text from elsewhere, made safe to show: what would steer a terminal, forge a line or reverse the order of letters is
// spelled out instead. A record, an answer or a file name may hold any of it.

/** Control characters, format characters (bidi overrides and other invisible ones), line ends, lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const SHORT = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text in one line, with the escapes of JSON: JSON text keeps its meaning. */
export function printable(text) {
  return text.replace(UNPRINTABLE, (character) => character.replace(/[^]/g, jsonEscape));
}

/** The text in one line, for people: an escape character becomes `\u{1b}`, a line end `\n`. */
export function spelledOut(text) {
  return String(text).replace(UNPRINTABLE, (character) => SHORT[character] ?? `\\u{${codeOf(character)}}`);
}

function jsonEscape(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function codeOf(character) {
  return character.codePointAt(0).toString(16);
}
