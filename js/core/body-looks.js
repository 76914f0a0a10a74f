/** How much of a body is looked at. */
const LOOKED_AT_BYTES = 256;

/** What a body that is not an array looks like, as the end of a sentence. */
export function looksOfBody(bytes) {
  const start = new TextDecoder().decode(bytes.subarray(0, LOOKED_AT_BYTES)).trimStart();
  if (start === "" && bytes.length <= LOOKED_AT_BYTES) return "; it is empty";
  if (start.startsWith("{")) return "; it is an object: put a single record in an array, [RECORD]";
  return start.startsWith("<") ? "; it looks like a page: was it saved from the right address?" : "";
}
