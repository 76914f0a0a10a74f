// Where the tools are that .ci/setup.sh found or installed, and which versions they have.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const pathFile = join(root, "target/toolchain.path");

/** Whether set-up has run here: it leaves the folders of its tools in a file. */
export const isSetUp = () => existsSync(pathFile);

/** The environment for commands: the folders of set-up and of the npm packages come before PATH. */
export function toolEnvironment(extra = {}) {
  const folders = isSetUp() ? readFileSync(pathFile, "utf8").trim().split("\n") : [];
  // The folder of this Node comes last: it may hold a Rust that is not the one that set-up chose.
  const path = [join(root, "node_modules/.bin"), ...folders, process.env.PATH, dirname(process.execPath)].join(delimiter);
  return { ...process.env, PATH: path, ...extra };
}

/** The paths of all files in a folder and in those below it. */
export function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** What a command prints, without the last line break. Throws a sentence if it fails. */
export function output(command, ...args) {
  const { stdout, status, error } = spawnSync(command, args, { cwd: root, env: toolEnvironment(), encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? `exit code ${status}`}`);
  return stdout.trim();
}

/** Runs a command and shows its output. Throws a sentence if it fails. */
export function run(command, args, environment = {}) {
  const options = { cwd: root, env: toolEnvironment(environment), stdio: "inherit" };
  const { status, error } = spawnSync(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args[0]} failed: ${error?.message ?? `exit code ${status}`}`);
}

/** The versions that decide the bytes of pkg/. */
export function toolVersions() {
  const compiler = output("rustc", "--version", "--verbose");
  const field = (name) => compiler.match(new RegExp(`^${name}: (.*)$`, "m"))?.[1] ?? "unknown";
  const second = (text) => text.split(" ")[1];
  return {
    rustc: `${field("release")} ${field("commit-hash")}`,
    llvm: field("LLVM version"),
    host: field("host"),
    "wasm-pack": second(output("wasm-pack", "--version")),
    "wasm-bindgen": second(output("wasm-bindgen", "--version")),
    binaryen: JSON.parse(readFileSync(join(root, "node_modules/binaryen/package.json"), "utf8")).version,
  };
}
