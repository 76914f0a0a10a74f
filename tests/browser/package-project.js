// The packed package as pages load it: unbundled, by an import map, and in one file that esbuild made.
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { projectWithPackage, root } from "../package/install.js";

const imports = Object.fromEntries(
  ["index", "stores/indexeddb", "stores/memory"].map((name) => [
    name === "index" ? "dbsharing" : `dbsharing/${name}`,
    `/node_modules/dbsharing/js/${name}.js`,
  ]),
);

/** The pages: `policy` is their Content-Security-Policy. */
const bundled = `<script type="module" src="/bundled-page.mjs"></script>`;
export const pages = {
  "/unbundled": { html: `<script type="importmap">${JSON.stringify({ imports })}</script>` },
  "/bundled": { html: bundled },
  "/allowed": { html: bundled, policy: "script-src 'self' 'wasm-unsafe-eval'" },
  "/forbidden": { html: bundled, policy: "script-src 'self'" },
};

/** The path of a folder with all that the pages load. */
export async function pageProject() {
  const project = await projectWithPackage({ source: join(root, "tests/browser/fixtures") });
  for (const name of ["page", "worker"]) {
    const from = join(project, `package-${name}.js`);
    await build({
      entryPoints: [from],
      outfile: join(project, `bundled-${name}.mjs`),
      bundle: true,
      minify: true,
      format: "esm",
    });
  }
  await cp(join(project, "package-page.js"), join(project, "unbundled-page.mjs"));
  return project;
}
