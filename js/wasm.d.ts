/**
 * The wasm of this version, a file of its own: what `init` of `dbsharing/slim` takes. What an import of it gives is up to
 * the bundler; in Next's edge runtime `dbsharing/wasm?module`, and on Workers `dbsharing/wasm`, is a `WebAssembly.Module`.
 *
 * @example
 * import { init } from "dbsharing/slim";
 * import wasm from "dbsharing/wasm?module";
 * await init(wasm);
 */
declare const wasm: object;
export default wasm;
