// The README apart from its programs: its commands, tables, codes and links are true.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createSharing, publicKeyOf } from "dbsharing";
import { memoryStore } from "dbsharing/stores/memory";
import { root } from "../../.ci/toolchain.mjs";
import { readme } from "./fixtures/readme.js";
import { storeNames } from "../stores/store-names.js";
import { dbsharing } from "./run-command.js";

/** npm always packs these. */
const ALWAYS_PACKED = ["README.md", "LICENSE", "package.json"];
const links = [...readme.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);

test("the functions in the tables of the README exist", async () => {
  const named = [...readme.matchAll(/`(\w+)\([^`]*`\)? from `(dbsharing\/[a-z/-]+)`/g)];
  const stores = storeNames().map((name) => `dbsharing/stores/${name}`);
  assert.deepEqual(named.map(([, , from]) => from).sort(), stores, "there is one row for each store");
  for (const [, name, from] of named) assert.equal(typeof (await import(from))[name], "function", `${name} of ${from}`);
});

test("the README names every method of a sharing", () => {
  const methods = Object.keys(createSharing({ db: memoryStore() }));
  assert.ok(methods.length >= 13);
  for (const name of methods) assert.match(readme, new RegExp(`\\b${name}\\(`));
});

test("every command in the README has the options that it is shown with", async () => {
  const shown = [...readme.matchAll(/npx dbsharing ([a-z]+)([^\n#|`]*)/g)];
  assert.ok(shown.length >= 10);
  for (const [line, name, rest] of shown) {
    const help = await dbsharing([name, "--help"]);
    assert.equal(help.code, 0, `${line}: ${help.stderr}`);
    for (const [option] of rest.matchAll(/--[a-z-]+/g)) assert.ok(help.stdout.includes(option), `${line}: ${option}`);
  }
});

test("a key made by keygen can be read as in the README", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "dbsharing-key-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [, expression] = readme.match(/`(Uint8Array\.from\([^`]*"key\.json"[^`]*\))`/);
  const { stdout } = await dbsharing(["keygen", "--out", join(folder, "key.json")]);
  const secretKey = new Function("readFileSync", `return ${expression}`)((name, encoding) =>
    readFileSync(join(folder, name), encoding),
  );
  assert.equal(publicKeyOf(secretKey), stdout.trim());
});

test("every npm script that the README and CONTRIBUTING.md name exists", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const text = readme + readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
  const named = [...text.matchAll(/npm (?:run )?(test:\w+|bench:\w+|fuzz:?\w*|docs|build|start|test)\b|`(test:\w+)`/g)];
  assert.ok(named.length > 10);
  for (const [, script, other] of named) assert.ok(scripts[script ?? other], script ?? other);
});

test("every link within the README leads to one of its sections", () => {
  const sections = [...readme.matchAll(/^##+ (.*)$/gm)].map(([, title]) => `#${slugOf(title)}`);
  const within = links.filter((target) => target.startsWith("#"));
  assert.ok(within.length > 10);
  assert.deepEqual(
    within.filter((target) => !sections.includes(target)),
    [],
  );
});

test("every file that the README links to or shows is in the package", () => {
  const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const packed = [...files, ...ALWAYS_PACKED];
  const isPacked = (path) => packed.some((entry) => path === entry || path.startsWith(`${entry.replace(/\/?\*.*$/, "")}/`));
  const paths = links.filter((target) => !/^(#|https?:)/.test(target)).map((target) => target.split("#")[0]);
  assert.ok(paths.length > 3);
  assert.deepEqual(
    paths.filter((path) => !existsSync(join(root, path)) || !isPacked(path)),
    [],
  );
});

/** The anchor that npm and GitHub give to a heading. */
function slugOf(title) {
  return title
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}
