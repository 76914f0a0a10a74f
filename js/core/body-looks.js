/** How much of a body is looked at. */
const LOOKED_AT_BYTES = 256;

/** What a body that is not an array looks like, as the end of a sentence. */
export function looksOfBody(bytes) {
  const begin = new TextDecoder().decode(bytes.subarray(0, LOOKED_AT_BYTES)).trimStart();
  if (begin === "" && bytes.length <= LOOKED_AT_BYTES) return "; it is empty";
  if (begin.startsWith("{")) return "; it is an object: of one record make an array, [RECORD]";
  return begin.startsWith("<") ? "; it looks like a page: is the address right that it was saved from?" : "";
}
