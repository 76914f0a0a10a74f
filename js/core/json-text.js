// JSON text between JavaScript and wasm.

/** JSON.stringify, or undefined for what has no JSON. */
export function textOf(value) {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** The text with each lone surrogate spelled as an escape, which JSON.parse reads as the same; UTF-8 cannot hold it. */
export function wellFormed(text) {
  return text.replace(/\p{Surrogate}/gu, (unit, at) => {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === "\\") backslashes += 1;
    // After a backslash it would be an escape that JSON does not have, and must stay a fault.
    return backslashes % 2 === 1 ? "\ufffd" : `\\u${unit.charCodeAt(0).toString(16)}`;
  });
}

/** A verdict with its uuid as JavaScript's string; wasm gives the text between the quotes. */
export function withUuid(verdict) {
  return verdict.uuid?.includes("\\") ? { ...verdict, uuid: JSON.parse(`"${verdict.uuid}"`) } : verdict;
}
