// Makes a body that shows a difference as small as it can while it still shows it.

/** The smallest body found, text or bytes, of which `fails(body)` is still true. */
export function shrink(body, fails) {
  let smallest = body;
  // Parts are cut out in halves first; short ones in every length, because members and elements have any.
  for (let length = Math.ceil(body.length / 2); length >= 1; length = length > 32 ? length >> 1 : length - 1) {
    let at = 0;
    while (at < smallest.length) {
      const shorter = without(smallest, at, at + length);
      if (fails(shorter)) smallest = shorter;
      else at += length;
    }
  }
  return smallest.length < body.length ? shrink(smallest, fails) : smallest;
}

function without(body, from, to) {
  if (typeof body === "string") return body.slice(0, from) + body.slice(to);
  return Uint8Array.from([...body.subarray(0, from), ...body.subarray(to)]);
}
