// The bundlers that may bundle a program. Each returns the path of its one output file.
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build } from "esbuild";
import { rollup } from "rollup";
import { bundle } from "./bundled-task.js";
import { newestNode, pathOf } from "./engines.js";
import { root } from "./install.js";
import { outputOf } from "./printed.js";

/** With the settings of an existing task. */
export async function withWebpack(project, { webpack, mode, entry }) {
  const path = join(project, "dist", webpack, mode);
  await copyFile(join(root, "tests/package/task/webpack.config.js"), join(project, "webpack.config.js"));
  const output = { filename: "main.cjs", path, libraryTarget: "commonjs2" };
  await bundle(project, { webpack, mode, entry: `./${entry}`, output });
  return join(path, "main.cjs");
}

export async function withEsbuild(project, { format, entry }) {
  const outfile = join(project, "dist/esbuild", format === "cjs" ? "main.cjs" : "main.mjs");
  const settings = { bundle: true, minify: true, platform: "node", logLevel: "error" };
  await build({ entryPoints: [join(project, entry)], outfile, format, ...settings });
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
  const outDir = join(project, "dist/vite", isServer ? "server" : "library");
  const kind = isServer ? ["--ssr", "main.mjs"] : [];
  await inNewestNode("vite/bin/vite.js", ["build", "--outDir", outDir, "--logLevel", "error", ...kind], project);
  return join(outDir, "main.mjs");
}

export async function withNcc(project) {
  const folder = join(project, "dist/ncc");
  const args = ["build", "main.cjs", "--out", folder, "--no-cache", "--quiet"];
  await inNewestNode("@vercel/ncc/dist/ncc/cli.js", args, project);
  return join(folder, "index.cjs");
}

/** Today's bundlers do not run in every Node in which tests run. */
function inNewestNode(script, args, project) {
  const node = pathOf(newestNode) ?? process.execPath;
  return outputOf(node, [join(root, "node_modules", script), ...args], { cwd: project });
}
