// The core behind the public functions, for commands that need more of it than these give.
import { Core } from "../core/api.js";
import { bytesOfBase64 } from "../core/base64.js";
import wasm from "../dist/wasm-inline.js";

export const core = new Core(() => bytesOfBase64(wasm));
