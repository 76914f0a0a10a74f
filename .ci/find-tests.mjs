// Finds the tests that a file or a name stands for, by reading the sources of all tests.
import { readFileSync, readdirSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { filesBelow, root } from "./toolchain.mjs";

/** Generated files and separate projects: none of our tests are in them. */
const otherProjects = ["tests/fuzz/", "tests/frameworks/projects/", "js/dist/"];

/** The paths of all JavaScript test files. */
function scriptFiles() {
  return below("tests").filter((path) => /\.test\.m?js$/.test(path));
}

/** The JavaScript test files that a path, or a file name with or without its ending, stands for. */
export function scriptFilesNamed(name) {
  const path = relative(root, join(root, name)).split(sep).join("/");
  const files = scriptFiles();
  return files.includes(path) ? [path] : files.filter((file) => baseOf(file) === baseOf(name));
}

/** The JavaScript test files that may hold a test of this name: those that spell it, else those that compute names. */
export function scriptFilesWith(name) {
  const texts = scriptFiles().map((file) => [file, textOf(file)]);
  const spelled = texts.filter(([, text]) => titlesIn(text).some((title) => mayBe(title, name.toLowerCase())));
  const computed = () => (isWritten(name.split(": ").at(-1)) ? texts.filter(([, text]) => computesTitles(text)) : []);
  return (spelled.length > 0 ? spelled : computed()).map(([file]) => file);
}

/** The targets of cargo (`--lib`, or the name of a file in tests/) that hold a Rust test whose name contains this. */
export function cargoTargetsWith(name) {
  const rust = [...below("src"), ...below("tests")].filter((path) => path.endsWith(".rs"));
  const found = rust.filter((path) => functionsIn(path).some((one) => one.includes(rustName(name))));
  return [...new Set(found.flatMap(targetsOf))];
}

/** A test's name as Rust spells it: it may be given with spaces. */
export const rustName = (name) => name.trim().replaceAll(" ", "_");

function below(folder) {
  const paths = filesBelow(join(root, folder)).map((path) => relative(root, path).split(sep).join("/"));
  return paths.filter((path) => !otherProjects.some((other) => path.startsWith(other)));
}

const baseOf = (name) => basename(name).replace(/(\.test)?\.m?js$/, "");

const textOf = (path) => readFileSync(join(root, path), "utf8");

/** The titles that a file spells out. */
const titlesIn = (text) =>
  [...text.matchAll(/^\s*(?:await )?test\(\s*(["'`])((?:\\.|(?!\1)[^])*)\1/gm)].map(([, , title]) => title);

/** Whether titles are in variables, or come from a suite that the file imports. */
const computesTitles = (text) => titlesIn(text).length === 0 || /^\s*(?:await )?test\([^"'`\n]/m.test(text);

/** Whether this is in any file from which a title could come. */
const isWritten = (text) =>
  [...below("tests"), ...below("js")].some((path) => /\.m?js$/.test(path) && textOf(path).includes(text));

/** Whether a title, which may be a template, can hold this text. */
function mayBe(title, text) {
  const parts = title.toLowerCase().split(/\$\{[^}]*\}/);
  return parts.some((part) => part.includes(text) || (part.trim().length > 5 && text.includes(part.trim())));
}

function functionsIn(path) {
  const text = textOf(path);
  const hasTests = path.startsWith("tests/common/") || /#\[test\]/.test(text);
  return hasTests ? [...text.matchAll(/\bfn (\w+)\(/g)].map(([, name]) => name) : [];
}

/** The targets that compile a Rust file; the bodies in tests/common run on three hosts. */
function targetsOf(path) {
  if (path.startsWith("src/")) return ["--lib"];
  if (path.startsWith("tests/common/")) return ["host", "node", "browser"];
  const [, name, inside] = path.match(/^tests\/([^/.]+)(\/|\.rs$)/);
  return inside === "/" ? hostsOf(name) : [name];
}

function hostsOf(folder) {
  const hosts = readdirSync(join(root, "tests")).filter((name) => name.endsWith(".rs"));
  const isHost = (host) => textOf(`tests/${host}`).includes(`"${folder}/`);
  return hosts.filter(isHost).map((host) => host.replace(/\.rs$/, ""));
}
