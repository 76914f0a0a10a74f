// dbsharing/slim with the wasm as a file of its own: in pages by the README's recipes for vite and webpack, and in a worker.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { openBrowser } from "../browser/chromium.js";
import { newestNode, pathOf, reasonToSkip, workerd } from "../package/engines.js";
import { root } from "../package/install.js";
import { askWorker } from "../package/workerd.js";
import { projectOf } from "./installed.js";
import { shownIn } from "./pages.js";
import { ran, start } from "./programs.js";

const require = createRequire(import.meta.url);
const project = await projectOf("slim");
const viteCli = join(root, "node_modules/vite/bin/vite.js");
const skip = reasonToSkip(newestNode);

test("vite's development server resolves dbsharing/wasm?url to an address", { skip }, async () => {
  const server = start(pathOf(newestNode), [viteCli, "--host", "127.0.0.1", "--port", "0"], { cwd: project });
  try {
    const [url] = await server.said(/http:\/\/127\.0\.0\.1:\d+\//);
    assert.equal(await shownAt({ url }), "BAD_SHAPE");
  } finally {
    await server.stop();
  }
});

test("vite builds a page with dbsharing/wasm?url", { skip }, async () => {
  const folder = join(project, "dist/vite");
  await ran(pathOf(newestNode), [viteCli, "build", "--outDir", folder], { cwd: project });
  const html = await readFile(join(folder, "index.html"), "utf8");
  assert.equal(await shownAt({ folder, html }), "BAD_SHAPE");
});

for (const entry of ["by-url", "by-query"]) {
  test(`webpack builds a page whose wasm is found ${entry.replace("-", " ")}`, async () => {
    const folder = join(project, "dist", entry);
    await packedByWebpack(entry, folder);
    assert.equal(await shownAt({ folder, html: '<script src="/main.js"></script>' }), "BAD_SHAPE");
  });
}

test("workerd takes the wasm as a module", { skip: reasonToSkip(workerd) }, async () => {
  const { code } = await askWorker(pathOf(workerd), project, {});
  assert.equal(code, "BAD_SHAPE");
});

/** One needs no rule; the other has the rule of the README. */
async function packedByWebpack(entry, path) {
  const rules = entry === "by-query" ? [{ resourceQuery: /url/, type: "asset/resource" }] : [];
  const output = { path, publicPath: "/" };
  const stats = await promisify(require("webpack"))({
    mode: "production",
    context: project,
    entry: `./${entry}.js`,
    output,
    module: { rules },
  });
  assert.equal(stats.toString({ all: false, errors: true }), "");
}

/** What a page shows: the page at `url`, or `html` beside the files of `folder`. */
async function shownAt({ url, folder, html }) {
  const browser = await openBrowser({ folder, pages: { "/built": { html } } });
  try {
    return await shownIn(browser, url ?? `${browser.origin}/built`);
  } finally {
    await browser.close();
  }
}
