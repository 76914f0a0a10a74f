// The manual is a promise: every function has an example, and every example in the types is compiled and run unchanged.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, mkdirSync, copyFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, relative } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { root } from "../../.ci/toolchain.mjs";
import { storeFunction, storeNames } from "../stores/store-names.js";
import { examples, functionOf, manual, moduleOf } from "./fixtures/examples.js";
import { surroundings } from "./fixtures/examples-world.js";
import { inWorld } from "./fixtures/world.js";

/**
 * Only compiled, because they need a page, a bundler, a server at its usual port, or Node 22, or register tests, which would end
 * with the test that they are in. Other tests run them.
 */
const COMPILED_ALONE = ["indexeddb", "redis", "testing", "wasm", "wasm-url", ...(isBuiltin("node:sqlite") ? [] : ["sqlite"])];
const runsHere = ({ where }) => !COMPILED_ALONE.some((name) => where.includes(`/${name}.d.ts`));
const GLOBALS = fileURLToPath(new URL("fixtures/examples-globals.ts", import.meta.url));

// A folder within the package, so that the package can be imported by its name. Examples write their files here too.
mkdirSync(join(root, "target"), { recursive: true });
const folder = mkdtempSync(join(root, "target/examples-"));
process.chdir(folder);
after(() => {
  process.chdir(root);
  rmSync(folder, { recursive: true, force: true });
});

test("every function, and every method of a Sharing, has an example", () => {
  assert.ok(examples.length > 30);
  assert.deepEqual(
    manual.flatMap((path) => withoutExample(path).map((name) => `${relative(root, path)}: ${name}`)),
    [],
  );
});

test("every example compiles with the types that it belongs to", async () => {
  copyFileSync(GLOBALS, join(folder, "globals.mts"));
  writeFileSync(join(folder, "stores.mts"), globalStores());
  for (const [at, example] of examples.entries()) writeFileSync(join(folder, `example-${at}.mts`), moduleOf(example));
  // The types of Node 18 lack it.
  writeFileSync(
    join(folder, "sqlite.d.ts"),
    `declare module "node:sqlite" { const DatabaseSync: new (path: string) => import("dbsharing/stores/sqlite").SqliteDatabase; }`,
  );
  const compilerOptions = {
    target: "es2022",
    module: "nodenext",
    lib: ["es2022", "dom", "dom.iterable"],
    types: ["node"],
    esModuleInterop: true,
    strict: true,
    noImplicitAny: false,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    skipLibCheck: true,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.mts", "*.d.ts"] }));
  const said = await complaints();
  assert.equal(
    said.replace(/example-(\d+)\.mts/g, (_, at) => examples[at].where),
    "",
  );
});

for (const example of examples.filter(runsHere)) {
  test(
    `the example at ${example.where} runs`,
    inWorld(async (world) => {
      const { names, said, url, settled } = await surroundings(world);
      const run = functionOf(example, Object.keys(names), { javaScriptOf, placeOf: () => url });
      await run(...Object.values(names));
      await settled();
      assert.deepEqual(
        said.filter((line) => /undefined|NaN|\[object /.test(line)),
        [],
        "it prints what its comments say",
      );
    }),
  );
}

/** The functions of the stores as globals. */
function globalStores() {
  const imports = storeNames().map((name) => `import * as ${storeFunction(name)}Entry from "dbsharing/stores/${name}";`);
  const globals = storeNames()
    .map(storeFunction)
    .map((name) => `  var ${name}: typeof ${name}Entry.${name};`);
  return [...imports, "declare global {", ...globals, "}", ""].join("\n");
}

/** The functions of a file of types, and the methods of a Sharing, that have no example at any of their forms. */
function withoutExample(path) {
  const { statements } = ts.createSourceFile(path, ts.sys.readFile(path), ts.ScriptTarget.ES2022, true);
  const methods = statements.flatMap((node) =>
    ts.isInterfaceDeclaration(node) && node.name.text === "Sharing" ? [...node.members] : [],
  );
  const all = [...statements.filter(ts.isFunctionDeclaration), ...methods];
  const shown = new Set(
    all.filter((node) => ts.getJSDocTags(node).some(({ tagName }) => tagName.text === "example")).map(nameOf),
  );
  return all.map(nameOf).filter((name) => !shown.has(name));
}

/** Each event of `on` counts as a form of its own. */
function nameOf({ name, parameters }) {
  return name.text === "on" ? `on(${parameters[0].type.getText()})` : name.text;
}

function javaScriptOf(text) {
  return ts.transpileModule(text, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } })
    .outputText;
}

/** The compiler's messages about the folder; empty if there are none. */
function complaints() {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--project", folder], (error, stdout) => {
      resolve(stdout || String(error ?? ""));
    });
  });
}
