// Where the package must run: a row for each runtime, each bundler, and each way to load the package there.
import { readFileSync } from "node:fs";
import { copyFile, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { withEsbuild, withNcc, withRollup, withVite, withWebpack } from "./bundlers.js";
import { bun, deno, nodes, oldestNode, workerd } from "./engines.js";
import { folderForNow, projectWithPackage, root } from "./install.js";
import { outputOf, printedBy } from "./printed.js";
import { askWorker } from "./workerd.js";

const packages = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies;
const named = (bundler, name = bundler) => `${bundler} ${packages[name].split("@").at(-1)}`;
const webpacks = ["webpack-old", "webpack"].flatMap((webpack) => [
  { webpack, mode: "development" },
  { webpack, mode: "production" },
]);
const [asModule, asCommonJs] = ["main.mjs", "main.cjs"];

/**
 * Each row: the `runtime` with its version, `how` it is used, the `engine` that it needs, and `ask(path of the
 * engine, project, questions)`, which resolves with the answers.
 */
export const rows = [
  ...nodes.flatMap((engine) => [
    row(`Node ${engine.version}`, "import", engine, inProject(asModule)),
    row(`Node ${engine.version}`, "require", engine, inProject(asCommonJs)),
  ]),
  ...webpacks.flatMap((how) => [
    bundled(named("webpack", how.webpack), `${how.mode}, import`, withWebpack, { ...how, entry: asModule }),
    bundled(named("webpack", how.webpack), `${how.mode}, require`, withWebpack, { ...how, entry: asCommonJs }),
  ]),
  bundled(named("esbuild"), "import", withEsbuild, { format: "esm", entry: asModule }),
  bundled(named("esbuild"), "require", withEsbuild, { format: "cjs", entry: asCommonJs }),
  bundled(named("rollup"), "import", withRollup),
  bundled(named("vite"), "server", withVite, { isServer: true }),
  bundled(named("vite"), "library", withVite, { isServer: false }),
  bundled(named("ncc", "@vercel/ncc"), "require", withNcc),
  row(named("jest"), "a test that babel makes CommonJS", oldestNode, inJest),
  row(`Deno ${deno.version}`, "import, without any permission", deno, withoutNetwork(inProject(asModule, ["run"]))),
  row(`Deno ${deno.version}`, "import, with --allow-net", deno, inProject(asModule, ["run", "--allow-net"])),
  row(`Bun ${bun.version}`, "import", bun, inProject(asModule)),
  row(`Bun ${bun.version}`, "require", bun, inProject(asCommonJs)),
  row(`Bun ${bun.version}`, "one executable by bun build --compile", bun, compiledByBun),
  row(`workerd ${workerd.version}`, "a bundle and its wasm module", workerd, askWorker),
];

function bundled(runtime, how, bundler, settings) {
  return row(runtime, how, oldestNode, alone(bundler, settings));
}

function row(runtime, how, engine, ask) {
  return { name: `${runtime}: ${how}`, runtime, how, engine, ask };
}

/** A project with the packed package and the program in it, as ES modules, as CommonJS, and for jest. */
export async function projectWithProgram() {
  const source = join(root, "tests/package/program");
  const project = await projectWithPackage({ source, packages: { "@babel/preset-env": "@babel/preset-env" } });
  const toCommonJs = { bundle: true, packages: "external", platform: "neutral", format: "cjs" };
  await build({ entryPoints: [join(project, asModule)], outfile: join(project, asCommonJs), ...toCommonJs });
  await copyFile(join(project, "answers.mjs"), join(project, "jest/answers.js"));
  return project;
}

/** Runs a file of the project where the package is installed. */
export function inProject(file, args = []) {
  return (path, project, questions) => printedBy(path, [...args, file, JSON.stringify(questions)], project);
}

/** Runs the file that a bundler makes, alone in an empty folder. */
export function alone(bundler, settings = {}) {
  return async (path, project, questions) => {
    const [name, folder] = await movedAlone(await bundler(project, settings));
    return printedBy(path, [name, JSON.stringify(questions)], folder);
  };
}

async function movedAlone(file) {
  const folder = await folderForNow();
  await copyFile(file, join(folder, basename(file)));
  return [basename(file), folder];
}

/** Asks only the questions that need no network. */
function withoutNetwork(ask) {
  return (path, project, { judge }) => ask(path, project, { judge });
}

/** The babel of a task: it makes the task's own files CommonJS, and leaves those of packages alone. */
async function inJest(path, project, questions) {
  const folder = join(project, "jest");
  const answers = join(await folderForNow(), "answers.json");
  const env = { QUESTIONS: JSON.stringify(questions), ANSWERS: answers };
  await outputOf(path, [join(root, "node_modules/jest/bin/jest.js"), "--rootDir", folder], { cwd: folder, env });
  return JSON.parse(await readFile(answers, "utf8"));
}

async function compiledByBun(path, project, questions) {
  const program = join(project, "dist/bun/program");
  await outputOf(path, ["build", "--compile", "main.mjs", "--outfile", program], { cwd: project });
  const [name, folder] = await movedAlone(program);
  return printedBy(join(folder, name), [JSON.stringify(questions)], folder);
}
