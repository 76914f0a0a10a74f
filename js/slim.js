// dbsharing without its WebAssembly: give it with init() before anything else.
import { bind } from "./core/public-functions.js";
import { fittingModule, isWasm } from "./core/compile.js";
import * as names from "./dist/wasm-names.js";
import { coded, messageOf } from "./core/errors.js";

let wasm;

/** Takes the wasm: bytes, a compiled module, or a Response or URL from which its bytes are fetched. */
export async function init(source) {
  const given = await source;
  wasm = await fittingModule(isWasm(given) ? given : await bytesFrom(given), names);
}

async function bytesFrom(given) {
  const isResponse = typeof given?.arrayBuffer === "function";
  const isAddress = typeof given === "string" || typeof (given?.href ?? given?.url) === "string";
  if (!isResponse && !isAddress) {
    throw coded("WASM_INVALID", `init got ${String(given)}, wanted bytes, a WebAssembly.Module, a Response or a URL`);
  }
  if (!isResponse && typeof fetch !== "function") {
    throw coded("WASM_UNAVAILABLE", "this runtime has no fetch: give init the bytes of the wasm instead of its address");
  }
  try {
    const response = isResponse ? given : await fetch(given);
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    return await response.arrayBuffer();
  } catch (error) {
    throw coded("WASM_UNAVAILABLE", `the wasm could not be read: ${messageOf(error)}`, error);
  }
}

export const {
  createSharing,
  verifyJson,
  verifyRecord,
  verifySignatures,
  signRecord,
  generateKey,
  publicKeyOf,
  fromSignedMessage,
  recordKey,
  version,
} = bind(() => {
  if (!wasm)
    throw coded("NOT_INITIALISED", "dbsharing/slim has no wasm yet: await init(bytes | Module | Response | URL) first");
  return wasm;
});
