// The hand-written types, checked by TypeScript in a project that has the packed package installed: with the module
// resolution of older tasks (node10), of Node itself, and of bundlers.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { projectWithPackage, root } from "../package/install.js";
import { storeFunction, storeNames } from "../stores/store-names.js";

const drivers = ["classic-level", "ioredis", "nedb-promises", "redis"];
const everywhere = ["everything", "every-store", "koii", "misuse", "typed", "mistyped"];
const inNode = { types: ["node"], lib: ["es2022"] };
const asTasks = { ...inNode, esModuleInterop: true }; // default imports of CommonJS drivers, as tasks have them
const inPage = { types: ["node"], lib: ["es2022", "dom"] };
const resolutions = {
  "node10, as older tasks have it": { extension: "ts", module: "commonjs", moduleResolution: "node10", ...asTasks },
  "node16, an ES module": { extension: "mts", module: "node16", moduleResolution: "node16", ...inNode },
  "node16, a CommonJS module": { extension: "cts", module: "node16", moduleResolution: "node16", ...inNode },
  "bundler, in a page": { extension: "ts", module: "esnext", moduleResolution: "bundler", ...inPage },
};

const project = await projectWithPackage({
  source: join(root, "tests/types"),
  packages: Object.fromEntries(["@types/node", "undici-types", ...drivers].map((name) => [name, name])),
});

await writeFile(join(project, "every-store.ts"), everyStore());

for (const [name, { extension, ...compilerOptions }] of Object.entries(resolutions)) {
  test(`types with moduleResolution ${name}`, async () => {
    const folder = join(project, `${compilerOptions.moduleResolution}-${extension}`);
    await mkdir(folder);
    const consumers = [...everywhere];
    if (compilerOptions.lib.includes("dom")) consumers.push("page");
    if (extension !== "cts") consumers.push("wasm"); // an import for bundlers, which a CommonJS file cannot require
    for (const consumer of consumers) {
      await copyFile(join(project, `${consumer}.ts`), join(folder, `${consumer}.${extension}`));
    }
    const strictly = { strict: true, noEmit: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
    const options = { target: "es2022", skipLibCheck: false, ...strictly, ...compilerOptions };
    const config = { compilerOptions: options, files: consumers.map((consumer) => `${consumer}.${extension}`) };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    assert.equal(await complaints(folder), "");
  });
}

/** What the compiler reports about a folder; empty if all is well. */
function complaints(folder) {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, "--project", folder], (error, stdout) => {
      resolve(stdout || String(error ?? ""));
    });
  });
}

/** A program that gives each ready-made store to createSharing. */
function everyStore() {
  const imports = storeNames().map((name) => `import { ${storeFunction(name)} } from "dbsharing/stores/${name}";`);
  const functions = storeNames().map(storeFunction);
  const types = functions.map((name) => `ReturnType<typeof ${name}>`).join(" | ");
  const lines = [...imports, 'import { createSharing, type Store } from "dbsharing";', `declare const store: ${types};`];
  return [...lines, "const asStore: Store | Promise<Store> = store;", "createSharing({ db: asStore });", ""].join("\n");
}
