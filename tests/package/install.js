// The package as users get it: packed, and installed into an empty project.
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The folder of this project. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/**
 * The path of a new project with the packed package installed in its node_modules. It has the files of `source`, and
 * `packages`, which maps names to folders in this project's node_modules, or to folders anywhere, linked beside the
 * package. It is removed when the process ends.
 */
export async function projectWithPackage({ source, packages = {} }) {
  const project = await folderForNow("dbsharing-project-");
  await cp(source, project, { recursive: true });
  await writeFile(join(project, "package.json"), JSON.stringify({ name: "project", private: true }));
  await install(project, await packed());
  for (const [name, folder] of Object.entries(packages)) await linkPackage(project, name, folder);
  return project;
}

/** The path of a new empty folder, which is removed when the process ends. */
export async function folderForNow(prefix = "dbsharing-alone-") {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  if (folders.push(folder) === 1) process.once("exit", removeFolders);
  return folder;
}

const folders = [];

function removeFolders() {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

let packing;

/** The tarball, packed once for all projects of a process. */
export function packed() {
  packing ??= folderForNow("dbsharing-packed-").then(pack);
  return packing;
}

async function pack(folder) {
  await run("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: root });
  const [tarball] = (await readdir(folder)).filter((name) => name.endsWith(".tgz"));
  return join(folder, tarball);
}

function install(project, tarball) {
  const quietly = ["--offline", "--no-audit", "--no-fund", "--no-save", "--no-package-lock"];
  return run("npm", ["install", ...quietly, tarball], { cwd: project });
}

/** Links a folder of this project's node_modules, or one anywhere, into those of another project. */
export async function linkPackage(project, name, folder = name) {
  const path = join(project, "node_modules", name);
  await mkdir(dirname(path), { recursive: true });
  await symlink(resolve(root, "node_modules", folder), path, "dir");
}
