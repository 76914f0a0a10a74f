/**
 * The url of the wasm of this version, as vite provides it, for `init` of `dbsharing/slim` to fetch.
 *
 * @example
 * import { init } from "dbsharing/slim";
 * import url from "dbsharing/wasm?url";
 * await init(url);
 */
declare const url: string;
export default url;
