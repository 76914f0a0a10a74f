// The edge runtime of Vercel and of Next.js: no setImmediate, no MessageChannel, and in production no wasm compiled from bytes.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { build } from "esbuild";
import { folderOf, notInstalled } from "./installed.js";
import { root } from "../package/install.js";
import { startTask } from "./task.js";

const require = createRequire(import.meta.url);

/** A round in the runtime, which may allow wasm compiled from bytes and code from text. */
async function roundIn(allowed) {
  const { EdgeVM } = require(folderOf("@edge-runtime/vm"));
  const task = await startTask();
  const contents = `
    import { createSharing } from "./js/index.js";
    import { memoryStore } from "./js/stores/memory.js";
    globalThis.round = createSharing({ taskId: "task", serviceUrl: "${task.serviceUrl}", db: memoryStore() }).share();`;
  const stdin = { contents, resolveDir: root };
  const { outputFiles } = await build({ stdin, bundle: true, format: "iife", conditions: ["edge-light"], write: false });
  const runtime = new EdgeVM(allowed && { codeGeneration: allowed });
  try {
    runtime.evaluate(outputFiles[0].text);
    return JSON.parse(JSON.stringify(await runtime.evaluate("round")));
  } finally {
    await task.close();
  }
}

test("a round works in the edge runtime", { skip: notInstalled }, async () => {
  const { ok, totals, error } = await roundIn();
  assert.deepEqual([ok, totals.inserted, error], [true, 3, undefined]);
});

test("if the edge runtime forbids wasm, one sentence says so", { skip: notInstalled }, async () => {
  const { ok, error } = await roundIn({ strings: false, wasm: false });
  assert.deepEqual([ok, error.code], [false, "WASM_UNAVAILABLE"]);
  assert.match(
    error.message,
    /^WebAssembly is forbidden here; .* in an edge runtime, give init of dbsharing\/slim the module dbsharing\/wasm\?module/,
  );
});
