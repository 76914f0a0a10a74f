/**
 * The wasm of this version as a separate file, for `init` of `dbsharing/slim`. What an import of it yields depends on the
 * bundler; `dbsharing/wasm?module` in Next's edge runtime, and `dbsharing/wasm` on Workers, is a `WebAssembly.Module`.
 *
 * @example
 * import { init } from "dbsharing/slim";
 * import wasm from "dbsharing/wasm?module";
 * await init(wasm);
 */
declare const wasm: object;
export default wasm;
