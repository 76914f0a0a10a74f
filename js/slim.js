// dbsharing without its WebAssembly: give it with init() before anything else.
import { bind } from "./api.js";
import { coded } from "./errors.js";

let wasm;

/** Takes the wasm: bytes, a compiled module, or a Response or URL from which its bytes are fetched. */
export async function init(source) {
  const given = await source;
  if (given instanceof WebAssembly.Module || ArrayBuffer.isView(given) || given instanceof ArrayBuffer) {
    wasm = given;
    return;
  }
  const response = typeof given?.arrayBuffer === "function" ? given : await fetch(given);
  if (!response.ok) throw coded("INTERNAL", `the wasm could not be read: HTTP status ${response.status}`);
  wasm = await response.arrayBuffer();
}

export const { createSharing, verifyJson, verifyRecord, verifySignatures, signRecord, recordKey, version } = bind(() => {
  if (!wasm) throw coded("INTERNAL", "dbsharing/slim has no wasm yet: await init(bytes | Module | Response | URL) first");
  return wasm;
});
