// The wasm as a file of its own, by every name that it has. It is compiled, not run.
import { init } from "dbsharing/slim";
import wasm from "dbsharing/wasm";
import wasmModule from "dbsharing/wasm?module";
import wasmUrl from "dbsharing/wasm?url";

const sources: [object, object, string] = [wasm, wasmModule, wasmUrl];
export const initialised: Promise<void>[] = sources.map((source) => init(source));
