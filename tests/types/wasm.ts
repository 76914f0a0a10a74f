// The wasm as a separate file, under each of its names. It is compiled, not run.
import { init } from "dbsharing/slim";
import wasm from "dbsharing/wasm";
import wasmModule from "dbsharing/wasm?module";
import wasmUrl from "dbsharing/wasm?url";

const sources: [object, object, string] = [wasm, wasmModule, wasmUrl];
export const initialised: Promise<void>[] = sources.map((source) => init(source));
