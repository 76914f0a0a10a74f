// The bundlers that a program may go through. Each gives the path of the one file that holds all of it.
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build } from "esbuild";
import { rollup } from "rollup";
import { bundle } from "./bundled-task.js";
import { root } from "./install.js";

const require = createRequire(import.meta.url);

/** With the settings of an existing task. */
export async function withWebpack(project, { webpack, mode, entry }) {
  const path = join(project, "dist", webpack, mode);
  await copyFile(join(root, "tests/package/task/webpack.config.js"), join(project, "webpack.config.js"));
  const output = { filename: "main.cjs", path, libraryTarget: "commonjs2" };
  await bundle(project, { webpack, mode, entry, output });
  return join(path, "main.cjs");
}

export async function withEsbuild(project, { format, entry }) {
  const outfile = join(project, "dist/esbuild", format === "cjs" ? "main.cjs" : "main.mjs");
  await build({ entryPoints: [join(project, entry)], outfile, format, bundle: true, minify: true, platform: "node", logLevel: "error" });
  return outfile;
}

export async function withRollup(project) {
  const file = join(project, "dist/rollup/main.mjs");
  const onwarn = ({ message }) => {
    throw new Error(message);
  };
  const bundling = await rollup({ input: join(project, "main.mjs"), plugins: [nodeResolve()], onwarn });
  await bundling.write({ file, format: "es" });
  await bundling.close();
  return file;
}

/** As a server, or as a library for pages: vite chooses its conditions by that. */
export async function withVite(project, { isServer }) {
  const vite = await import("vite");
  const outDir = join(project, "dist/vite", isServer ? "server" : "library");
  const entry = join(project, "main.mjs");
  const kind = isServer ? { ssr: entry } : { lib: { entry, formats: ["es"], fileName: "main" } };
  await vite.build({
    root: project,
    configFile: false,
    logLevel: "error",
    ssr: { noExternal: true },
    build: { outDir, rollupOptions: { output: { entryFileNames: "main.mjs" } }, ...kind },
  });
  return join(outDir, "main.mjs");
}

export async function withNcc(project) {
  const { code, assets } = await require("@vercel/ncc")(join(project, "main.cjs"), { cache: false, quiet: true });
  const beside = Object.keys(assets);
  if (beside.length > 0) throw new Error(`ncc puts more beside the bundle: ${beside.join(", ")}`);
  const file = join(project, "dist/ncc/main.cjs");
  await mkdir(join(project, "dist/ncc"), { recursive: true });
  await writeFile(file, code);
  return file;
}
