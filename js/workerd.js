// dbsharing for workerd, which compiles no bytes: the wasm is imported as a module.
import { bind } from "./core/public-functions.js";
import wasm from "../pkg/dbsharing_bg.wasm";

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
} = bind(() => wasm);
