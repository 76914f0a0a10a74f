// Where the package must run: a row for each runtime, each bundler, and each way to load it there.
import { copyFile, readFile } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { toolEnvironment } from "../../.ci/toolchain.mjs";
import { build } from "esbuild";
import { withEsbuild, withNcc, withRollup, withVite, withWebpack } from "./bundlers.js";
import { folderForNow, projectWithPackage, root } from "./install.js";
import { outputOf, printedBy } from "./printed.js";
import { askWorker } from "./workerd.js";

/** The Node that existing tasks run in: whatever a bundler makes has to run there. */
const oldestNode = { command: "node18", version: "18.12.1" };
const bun = { command: "bun", version: "1.4.5" };
const deno = { command: "deno", version: "2.9.6" };
const workerd = { command: "workerd", version: "2026-11-17" };

/** Every Node, the oldest first. */
export const nodes = [
  oldestNode,
  { command: "node20", version: "20.20.2" },
  { command: "node22", version: "22.23.3" },
  { command: "node24", version: "24.21.0" },
];

const packages = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies;
const versionOf = (name) => packages[name].split("@").at(-1);

/**
 * Each row: the `runtime` with its version, `how` it is used, the `engine` that it needs, and `ask(path of the
 * engine, project, questions)`, which gives the answers.
 */
export const rows = [
  ...nodes.flatMap((engine) => [
    row(`Node ${engine.version}`, "import", engine, inProject("main.mjs")),
    row(`Node ${engine.version}`, "require", engine, inProject("main.cjs")),
  ]),
  ...["webpack-old", "webpack"].flatMap((webpack) => ["development", "production"].flatMap((mode) => [
    row(`webpack ${versionOf(webpack)}`, `${mode}, import`, oldestNode, alone(withWebpack, { webpack, mode, entry: "./main.mjs" })),
    row(`webpack ${versionOf(webpack)}`, `${mode}, require`, oldestNode, alone(withWebpack, { webpack, mode, entry: "./main.cjs" })),
  ])),
  row(`esbuild ${versionOf("esbuild")}`, "import", oldestNode, alone(withEsbuild, { format: "esm", entry: "main.mjs" })),
  row(`esbuild ${versionOf("esbuild")}`, "require", oldestNode, alone(withEsbuild, { format: "cjs", entry: "main.cjs" })),
  row(`rollup ${versionOf("rollup")}`, "import", oldestNode, alone(withRollup)),
  row(`vite ${versionOf("vite")}`, "server", oldestNode, alone(withVite, { isServer: true })),
  row(`vite ${versionOf("vite")}`, "library", oldestNode, alone(withVite, { isServer: false })),
  row(`ncc ${versionOf("@vercel/ncc")}`, "require", oldestNode, alone(withNcc)),
  row(`jest ${versionOf("jest")}`, "a test that babel makes CommonJS", oldestNode, inJest),
  row(`Deno ${deno.version}`, "import, without any permission", deno, withoutNetwork(inProject("main.mjs", ["run"]))),
  row(`Deno ${deno.version}`, "import, with --allow-net", deno, inProject("main.mjs", ["run", "--allow-net"])),
  row(`Bun ${bun.version}`, "import", bun, inProject("main.mjs")),
  row(`Bun ${bun.version}`, "require", bun, inProject("main.cjs")),
  row(`Bun ${bun.version}`, "one executable by bun build --compile", bun, compiledByBun),
  row(`workerd ${workerd.version}`, "a bundle and its wasm module", workerd, askWorker),
];

function row(runtime, how, engine, ask) {
  return { name: `${runtime}: ${how}`, runtime, how, engine, ask };
}

/** Where set-up has put an engine; undefined when it is not there. */
export function pathOf({ command }) {
  return toolEnvironment().PATH.split(delimiter).map((folder) => join(folder, command)).find(existsSync);
}

/** A project with the packed package and the program in it, as ES modules, as CommonJS, and for jest. */
export async function projectWithProgram() {
  const source = join(root, "tests/package/program");
  const project = await projectWithPackage({ source, packages: { "@babel/preset-env": "@babel/preset-env" } });
  const commonJs = { bundle: true, packages: "external", platform: "neutral", format: "cjs", outfile: join(project, "main.cjs") };
  await build({ entryPoints: [join(project, "main.mjs")], ...commonJs });
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

/** Asks only what needs no network. */
function withoutNetwork(ask) {
  return (path, project, { judge }) => ask(path, project, { judge });
}

/** As a task has it: its babel makes its own files CommonJS, and leaves those of packages alone. */
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
