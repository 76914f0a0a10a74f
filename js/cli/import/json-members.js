// The members of a JSON object with their exact text: what was signed must not be parsed and written again.

const [QUOTE, BACKSLASH, COMMA, COLON] = [...'"\\,:'].map((character) => character.charCodeAt(0));
const OPENING = new Set([..."[{"].map((character) => character.charCodeAt(0)));
const CLOSING = new Set([..."]}"].map((character) => character.charCodeAt(0)));

/**
 * A Map from the name of each member to the text of its value. If a name occurs twice the last one counts, as in JSON.parse.
 * `text` has to be a JSON object.
 */
export function membersOf(text) {
  const members = new Map();
  let depth = 0;
  let start = 0; // of the name or the value that is being read
  let name;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (OPENING.has(code)) {
      depth += 1;
      if (depth === 1) start = at + 1;
    } else if (depth === 1 && code === COLON) {
      name = JSON.parse(text.slice(start, at));
      start = at + 1;
    } else if (depth === 1 && (code === COMMA || CLOSING.has(code))) {
      if (name !== undefined) members.set(name, text.slice(start, at).trim());
      [start, name] = [at + 1, undefined];
      if (code !== COMMA) return members;
    } else if (CLOSING.has(code)) depth -= 1;
  }
  return members;
}

/** The index of the quote that ends the string that begins at `at`. */
function endOfString(text, at) {
  for (let end = at + 1; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    if (code === QUOTE) return end;
    if (code === BACKSLASH) end += 1;
  }
  return text.length;
}
