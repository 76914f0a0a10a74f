// How a text is spelled in a NeDB file: a line of it ends at these three characters, which JSON leaves as they are. They are
// spelled with U+001A, which no JSON text has in it, and which is spelled so too where another text has it.

const SPELLINGS = { "\u2028": "\u001a8", "\u2029": "\u001a9", "\u0085": "\u001a5", "\u001a": "\u001a0" };
const SPELLED = Object.fromEntries(Object.entries(SPELLINGS).map(([character, spelling]) => [spelling, character]));

/** The text as it can stand in a line of a NeDB file. */
export function withoutLineBreaks(text) {
  return text.replace(/[\u2028\u2029\u0085\u001a]/g, (character) => SPELLINGS[character]);
}

/** The text that `withoutLineBreaks` was given. */
export function withLineBreaks(text) {
  return text.replace(/\u001a[8950]/g, (spelling) => SPELLED[spelling]);
}
