/**
 * The same as `dbsharing`, but without the wasm inside: for pages and bundles that load it as a separate file, which is
 * `dbsharing/wasm`.
 *
 * @example
 * import { createSharing, init } from "dbsharing/slim";
 * await init(fetch("/dbsharing_bg.wasm"));
 */
export * from "./index.js";

/** What `init` accepts: the bytes of the wasm, a compiled `WebAssembly.Module`, its url, or a response with it. */
export type WasmSource = Uint8Array | ArrayBuffer | URL | string | Response | object;

/**
 * Resolves when the wasm is compiled; a url is fetched first. Until then the other functions throw or report
 * `NOT_INITIALISED`.
 *
 * @throws {ShareError} `WASM_UNAVAILABLE` if the file cannot be read or this runtime forbids WebAssembly; `WASM_INVALID` if it
 * is not the complete wasm of this version
 * @example
 * import { init, version } from "dbsharing/slim";
 * await init(fetch("/dbsharing_bg.wasm"));
 * console.log(`the wasm of ${version} is ready`);
 */
export function init(source: WasmSource | Promise<WasmSource>): Promise<void>;
