// JSON text between JavaScript and wasm.

/** The JSON text of a value; undefined if it has none. */
export function textOf(value) {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** The JSON text with each lone surrogate, which UTF-8 cannot hold, as an escape that JSON.parse reads as the same. */
export function wellFormed(text) {
  return text.replace(/\p{Surrogate}/gu, (unit, at) => {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === "\\") backslashes += 1;
    // A surrogate after a backslash is no escape of JSON, so the text is invalid and has to stay so.
    return backslashes % 2 === 1 ? "\ufffd" : `\\u${unit.charCodeAt(0).toString(16)}`;
  });
}

/** A verdict with its uuid as a string; wasm passes the JSON text between the quotes. */
export function withUuid(verdict) {
  return verdict.uuid?.includes("\\") ? { ...verdict, uuid: JSON.parse(`"${verdict.uuid}"`) } : verdict;
}
