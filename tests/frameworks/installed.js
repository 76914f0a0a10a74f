// The frameworks that set-up installed, and projects that use them beside the packed package.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectWithPackage, root } from "../package/install.js";

const pathFile = join(root, "target/frameworks.path");

/** The folder of a package that set-up installed for the tests here. */
export function folderOf(name) {
  return join(readFileSync(pathFile, "utf8").trim(), name);
}

/** The option `skip` of a test: the reason if set-up has not run. */
export const notInstalled = !existsSync(pathFile) && "no frameworks: bash .ci/setup.sh frameworks installs them";

/** A new project with the files of a folder in projects/, the packed package and these framework packages. */
export function projectOf(folder, names = []) {
  const packages = Object.fromEntries(names.map((name) => [name, folderOf(name)]));
  return projectWithPackage({ source: join(root, "tests/frameworks/projects", folder), packages });
}
