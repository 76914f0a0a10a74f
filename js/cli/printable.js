// Text from elsewhere, made safe to show: what would steer a terminal, forge a line or turn the order of letters around
// is spelled out instead. A record, an answer or a file name may hold any of it.

import { UNPRINTABLE } from "../core/text.js";

/** JSON text that means the same and holds no such character. */
export { printable as printableJson } from "../core/text.js";

const SHORT = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text as one line that shows every character: an escape character becomes `\u{1b}`, a line end `\n`. */
export function printable(text) {
  return String(text).replace(UNPRINTABLE, (character) => SHORT[character] ?? `\\u{${codeOf(character)}}`);
}

function codeOf(character) {
  return character.codePointAt(0).toString(16);
}
