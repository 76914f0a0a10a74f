// Syntax that the bundlers of the oldest tasks do not understand, and that breaks a bundle only sometimes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { filesBelow } from "../../.ci/toolchain.mjs";
import { root } from "./install.js";

const ours = (path) => path.endsWith(".js") && !path.startsWith("js/cli/") && !path.startsWith("js/dist/");
const relative = (path) => path.slice(root.length + 1);
const bundled = [...filesBelow(join(root, "js")), join(root, "pkg/dbsharing.js")].map(relative).filter(ours);
const linesOf = (path) => readFileSync(join(root, path), "utf8").split("\n");

const field = /^  (?:static )?#?\w+ = (.*?)(?: \/\/ .*)?$/;
const literal = /^(-?[\w.]*\d+|-?Infinity|true|false|null|\[\]|\{\});$/;
const ofThePlatform = /^(new (Map|Set|WeakMap|AbortController)\(\)|new Uint8Array\(\d+\)|Promise\.resolve\(\));$/;

/** The lines of a file that are inside classes. Our classes begin and end at the margin. */
function linesOfClasses(path) {
  let isInClass = false;
  return linesOf(path).filter((line) => {
    if (/^(export )?(default )?class /.test(line)) isInClass = true;
    if (line === "}") isInClass = false;
    return isInClass;
  });
}

test("no class field is made from a variable: webpack 5.28 gives the field another name", () => {
  const fields = bundled.flatMap(linesOfClasses).filter((line) => field.test(line));
  assert.ok(fields.length > 10);
  const fromWhat = (line) => line.match(field)[1];
  const isFine = (line) => literal.test(fromWhat(line)) || ofThePlatform.test(fromWhat(line));
  assert.deepEqual(
    fields.filter((line) => !isFine(line)),
    [],
  );
});

test("no module is imported as node:…, which webpack 5.28 cannot read", () => {
  assert.ok(bundled.length > 20);
  const imports = /^(?! *(?:\*|\/\/)).*(?:from|import|require\()\s*\(?"node:/;
  assert.deepEqual(
    bundled.filter((path) => linesOf(path).some((line) => imports.test(line))),
    [],
  );
});
