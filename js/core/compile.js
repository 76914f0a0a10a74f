// Compiling the wasm, and one sentence for each way in which that can fail, which says what to do.
import { asBytes } from "./bytes.js";
import { coded, messageOf } from "./errors.js";

const NOT_OURS = "give init the file dbsharing/wasm of this very version";

/** Throws WASM_UNAVAILABLE when the runtime has no WebAssembly. */
export function mustHaveWebAssembly() {
  if (typeof WebAssembly === "object") return;
  throw coded(
    "WASM_UNAVAILABLE",
    "this runtime has no WebAssembly, which dbsharing needs: run it without flags such as --jitless",
  );
}

/** What a failure to compile the package's wasm means; returns any other failure unchanged. */
export function compileFailure(error) {
  if (isForbidden(error)) {
    const inPage = "in a page, add 'wasm-unsafe-eval' to the script-src of its Content-Security-Policy";
    const advice = `${inPage}; in an edge runtime, give init of dbsharing/slim the module dbsharing/wasm?module`;
    return coded("WASM_UNAVAILABLE", `WebAssembly is forbidden here; ${advice}`, error);
  }
  if (error?.name !== "CompileError") return error;
  const advice = "it needs what Node 18.12 and the browsers of 2022 have";
  return coded(
    "WASM_UNAVAILABLE",
    `this runtime cannot compile dbsharing's WebAssembly; ${advice}: ${messageOf(error)}`,
    error,
  );
}

/** Compiles what was given to init, and checks that it fits this JavaScript; `names` are those that fit. */
export async function fittingModule(given, names) {
  mustHaveWebAssembly();
  const module = isModule(given) ? given : await compiled(asBytes(given));
  const fits =
    WebAssembly.Module.imports(module).every(({ module: from, name }) => names.imports.includes(`${from} ${name}`)) &&
    names.exports.every((name) => WebAssembly.Module.exports(module).some((one) => one.name === name));
  if (!fits) throw coded("WASM_INVALID", `the wasm is another module or another version than this JavaScript; ${NOT_OURS}`);
  return module;
}

/** Whether this is wasm itself, and not something to read it from. */
export function isWasm(given) {
  return isModule(given) || asBytes(given) !== undefined;
}

/** By its tag, because a test framework's page may have other classes. */
function isModule(value) {
  return Object.prototype.toString.call(value) === "[object WebAssembly.Module]";
}

/**
 * The same module, so that `instanceof` knows it, by which the glue tells modules from bytes: the edge runtime of Next
 * and Vercel runs code in a realm of its own and hands out modules of another.
 */
export function ofThisRealm(source) {
  if (isModule(source) && !(source instanceof WebAssembly.Module)) Object.setPrototypeOf(source, WebAssembly.Module.prototype);
  return source;
}

async function compiled(bytes) {
  const { compile } = WebAssembly; // Next refuses to build an edge route in which it finds the full name called
  const isWasm = [0, 0x61, 0x73, 0x6d].every((byte, at) => bytes[at] === byte);
  if (!isWasm) throw coded("WASM_INVALID", `what was given, ${bytes.length} bytes, is no WebAssembly; ${NOT_OURS}`);
  try {
    return await compile(bytes);
  } catch (error) {
    if (isForbidden(error)) throw compileFailure(error);
    throw coded(
      "WASM_INVALID",
      `the wasm is cut off or damaged, ${bytes.length} bytes; ${NOT_OURS}: ${messageOf(error)}`,
      error,
    );
  }
}

/** As Chromium, Firefox and Safari say it, and runtimes that only take modules which they have compiled themselves. */
function isForbidden(error) {
  return error?.name === "EvalError" || /content security policy|\bCSP\b|disallowed by embedder/i.test(messageOf(error));
}
