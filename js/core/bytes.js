// Bytes, recognised by what they are and not by their class: test frameworks and pages pass bytes of other realms.

const typedArrayName = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;

/** Whether this is a Uint8Array or a Buffer. */
export function isUint8Array(value) {
  return typedArrayName.call(value) === "Uint8Array";
}

/** The bytes of a Uint8Array, of another view or of an ArrayBuffer; undefined for anything else. */
export function asBytes(value) {
  if (isUint8Array(value)) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return isArrayBuffer(value) ? new Uint8Array(value) : undefined;
}

/** Whether this is an ArrayBuffer. */
function isArrayBuffer(value) {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

/** Pieces of bytes, joined. */
export function joined(pieces) {
  const whole = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
