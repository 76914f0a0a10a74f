// dbsharing with its WebAssembly inside, for every runtime that compiles wasm from bytes.
import { bind } from "./core/public-functions.js";
import wasm from "./dist/wasm-inline.js";
import { bytesOfBase64 } from "./core/base64.js";

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
} = bind(() => bytesOfBase64(wasm));
