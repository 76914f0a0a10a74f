// Text from elsewhere, made safe to show: what would steer a terminal, forge a line or turn the order of letters around
// is spelled out instead. A record, an answer or a file name may hold any of it.

import { printable, UNPRINTABLE } from "../core/text.js";

export { printable };

/** JSON text that means the same and holds no such character: each is escaped as JSON does. */
export function printableJson(text) {
  return text.replace(UNPRINTABLE, (character) => character.replace(/[^]/g, jsonEscape));
}

function jsonEscape(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
