// The chunks of an answer's body, whatever kind of body this `fetch` gives.
import { asBytes } from "./bytes.js";
import { coded } from "./errors.js";

/** Gives `{ next, cancel }`: `next()` as an iterator has it, and `cancel()`, which may throw or reject. */
export function sourceOf(response) {
  const { body } = response;
  if (typeof body?.getReader === "function") {
    const reader = body.getReader();
    return { next: () => reader.read(), cancel: () => reader.cancel() };
  }
  if (typeof body?.[Symbol.asyncIterator] === "function") {
    const iterator = body[Symbol.asyncIterator]();
    return { next: () => iterator.next(), cancel: () => iterator.return?.() };
  }
  const hasBytes = body !== null && typeof response.arrayBuffer === "function";
  const parts = hasBytes ? [() => response.arrayBuffer()] : [];
  return { next: async () => ({ done: parts.length === 0, value: await parts.pop()?.() }), cancel() {} };
}

/** A chunk's bytes; throws BODY_CUT where it has none. */
export function bytesOfChunk(chunk) {
  const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : asBytes(chunk);
  if (bytes === undefined) throw coded("BODY_CUT", "the body gave a chunk that is not bytes");
  return bytes;
}
