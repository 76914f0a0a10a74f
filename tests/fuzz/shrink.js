// Makes a body that shows a difference as small as it can while it still shows it.

/** The smallest body found, text or bytes, of which `fails(body)` is still true. */
export function shrink(body, fails) {
  let smallest = body;
  for (let length = Math.ceil(body.length / 2); length >= 1; length = Math.floor(length / 2)) {
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
