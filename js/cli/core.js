// The core behind the public functions, for commands that need more of it than these offer.
import { Core } from "../core/public-functions.js";
import { bytesOfBase64 } from "../core/base64.js";
import wasm from "../dist/wasm-inline.js";

const BATCH_LINES = 1_000; // that cross to wasm in one call

export const core = new Core(() => bytesOfBase64(wasm));

/** The digest of a set of entries, each added once, in any order. It holds about 100 bytes for each entry. */
export class SetDigest {
  #digest = core.digestOf();
  #lines = [];

  add(key, version) {
    this.#lines.push(`${key} ${version}\n`);
    if (this.#lines.length >= BATCH_LINES) this.#handOver();
  }

  /** The digest as a node shows it: 64 hex digits. */
  hex() {
    this.#handOver();
    return this.#digest.hex();
  }

  #handOver() {
    this.#digest.add(this.#lines.join(""));
    this.#lines = [];
  }
}
