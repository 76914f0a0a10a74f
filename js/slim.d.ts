/**
 * The same as `dbsharing` without the wasm inside: for pages and bundles that load it as a file of its own. Its bytes
 * are the package's file `dbsharing/wasm`.
 *
 * @example
 * import { createSharing, init } from "dbsharing/slim";
 * await init(fetch("/dbsharing_bg.wasm"));
 */
export * from "./index.js";

/** What the wasm can be made from: its bytes, a compiled `WebAssembly.Module`, its address, or a response with it. */
export type WasmSource = Uint8Array | ArrayBuffer | URL | string | Response | object;

/**
 * Settles when the wasm is there, compiled; an address is fetched. The other functions need it: before, they throw or
 * report `NOT_INITIALISED`.
 *
 * @throws {ShareError} `WASM_UNAVAILABLE` when the file cannot be read or WebAssembly is forbidden here;
 * `WASM_INVALID` when it is not the wasm of this version, whole
 * @example
 * import { init, version } from "dbsharing/slim";
 * await init(fetch("/dbsharing_bg.wasm"));
 * console.log(`the wasm of ${version} is there`);
 */
export function init(source: WasmSource | Promise<WasmSource>): Promise<void>;
