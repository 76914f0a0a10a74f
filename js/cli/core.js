// The core behind the public functions, for commands that need more of it than these give.
import { Core } from "../core/public-functions.js";
import { bytesOfBase64 } from "../core/base64.js";
import wasm from "../dist/wasm-inline.js";

const LINES = 1_000;

export const core = new Core(() => bytesOfBase64(wasm));

/** The digest of a set of entries, each added once, in any order. It holds about 100 bytes an entry. */
export class SetDigest {
  #digest = core.digestOf();
  #lines = [];

  add(key, version) {
    this.#lines.push(`${key} ${version}\n`);
    if (this.#lines.length >= LINES) this.#hand();
  }

  /** The digest as a node tells it: 64 hex digits. */
  hex() {
    this.#hand();
    return this.#digest.hex();
  }

  #hand() {
    this.#digest.add(this.#lines.join(""));
    this.#lines = [];
  }
}
