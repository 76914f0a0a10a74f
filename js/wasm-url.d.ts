/**
 * The address of the wasm of this version, as vite gives it: what `init` of `dbsharing/slim` fetches.
 *
 * @example
 * import { init } from "dbsharing/slim";
 * import url from "dbsharing/wasm?url";
 * await init(url);
 */
declare const url: string;
export default url;
