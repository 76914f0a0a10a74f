/** The value of a JSON text; undefined if the text is not JSON. */
export function parsedJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
