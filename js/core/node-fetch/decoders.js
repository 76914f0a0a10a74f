// Undoes the compression of bodies.

const MAX_CODINGS = 2;
/** How many characters of a coding's name a message repeats. */
const MAX_NAME = 20;

/** The codings of a body in the order in which they are undone; throws for what cannot be undone. */
export function codingsOf(header) {
  const codings = (header ?? "")
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim());
  const real = codings.filter((coding) => coding !== "" && coding !== "identity").reverse();
  if (real.length > MAX_CODINGS) throw new Error(`its body is compressed ${real.length} times; wanted at most ${MAX_CODINGS}`);
  const unknown = real.find((coding) => !Object.hasOwn(DECODERS, coding));
  if (unknown !== undefined)
    throw new Error(`its body is compressed as ${JSON.stringify(unknown.slice(0, MAX_NAME))}; wanted gzip, deflate or br`);
  return real;
}

/** Yields the pieces of a body, decoded as they are read. A body that ends in the middle of a coding is an error. */
export async function* decoded(message, codings, builtins) {
  let source = message;
  let broken;
  const onBreak = (error) => (broken ??= error);
  for (const coding of codings) {
    const pieces = source[Symbol.asyncIterator]();
    const first = await pieces.next();
    if (first.done) return; // an empty body lacks nothing
    source = builtins.stream.pipeline(
      together(first.value, pieces, onBreak),
      DECODERS[coding](builtins.zlib, first.value),
      () => {},
    );
  }
  try {
    yield* source;
  } catch (error) {
    throw broken ?? error;
  }
}

/** A coding marks its own end: if the connection breaks, the decoder knows whether anything is missing. */
async function* together(first, rest, onBreak) {
  yield first;
  try {
    yield* rest;
  } catch (error) {
    onBreak(error);
  }
}

const gunzip = (zlib) => zlib.createGunzip();

const DECODERS = {
  gzip: gunzip,
  "x-gzip": gunzip,
  br: (zlib) => zlib.createBrotliDecompress(),
  // Some servers send "deflate" without its zlib header; the first byte tells.
  deflate: (zlib, piece) => ((piece[0] & 15) === 8 ? zlib.createInflate() : zlib.createInflateRaw()),
};
