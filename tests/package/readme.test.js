// The README as it is packed: its links lead into the package, and its first commands work with nothing else installed.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { newestNode, oldestNode, pathOf, reasonToSkip } from "./engines.js";
import { folderForNow, projectWithPackage } from "./install.js";
import { outputOf } from "./printed.js";

const project = await projectWithPackage({ source: await folderForNow() });
const read = (path) => readFileSync(join(project, "node_modules/dbsharing", path), "utf8");
const readme = read("README.md");
const block = /^```(\w+)\n([^]*?)^```$/gm;

for (const page of ["README.md", "CHANGELOG.md", "js/symbols.md"]) {
  test(`every file, picture and heading that ${page} points to is in the package`, () => {
    const links = linksOf(read(page)).filter((link) => !/^[a-z]+:/.test(link));
    if (page === "README.md") for (const link of ["CHANGELOG.md", "js/symbols.md"]) assert.ok(links.includes(link), link);
    assert.deepEqual(
      links.filter((link) => !isThere(link, page)),
      [],
    );
  });
}

test("the README names the licences of the code that is compiled in", () => {
  assert.ok(readme.includes("js/THIRD_PARTY_LICENSES.txt"));
  assert.match(read("js/THIRD_PARTY_LICENSES.txt"), /BSD-3-Clause/);
});

for (const engine of [oldestNode, newestNode]) {
  test(`the first commands of the README print what it says, Node ${engine.version}`, {
    skip: reasonToSkip(engine),
  }, async () => {
    const [install, program, printed] = firstBlocks();
    assert.equal(install, "npm install dbsharing\n"); // done already, with the tarball instead of the name
    const [, name] = readme.match(/Save this as `([\w.-]+)`, and run `node \1`/);
    await writeFile(join(project, name), program);
    const { stdout, stderr } = await outputOf(pathOf(engine), [name], { cwd: project });
    assert.deepEqual([stdout, stderr], [printed, ""]);
  });
}

/** The first commands, the first program after them, and what it prints. */
function firstBlocks() {
  const blocks = [...readme.matchAll(block)].map(([, language, text]) => ({ language, text }));
  const next = (language, after) => blocks.findIndex((one, at) => at > after && one.language === language);
  const commands = next("sh", -1);
  const program = next("js", commands);
  return [commands, program, next("text", program)].map((at) => blocks[at].text);
}

/** The targets of the links and pictures of a page. */
function linksOf(page) {
  const prose = page.replace(block, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset|href)="([^"]+)"/g)].map(
    ([, link, attribute]) => link ?? attribute,
  );
}

function isThere(link, page) {
  const [path, heading] = link.split("#");
  const target = path ? join(dirname(page), path) : page;
  if (!existsSync(join(project, "node_modules/dbsharing", target))) return false;
  return heading === undefined || anchorsOf(read(target)).includes(heading);
}

/** The anchors that GitHub and npm give headings. */
function anchorsOf(page) {
  const headings = [...page.replace(block, "").matchAll(/^#+ (.+)$/gm)].map(([, text]) => text);
  return headings.map((text) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, "")
      .replace(/ /g, "-"),
  );
}
