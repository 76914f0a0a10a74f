// js/types/codes.d.ts is the list of codes. The core and the JavaScript around it use no other, the README explains each.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { filesBelow, root } from "../../.ci/toolchain.mjs";

const LIST = "js/types/codes.d.ts";

const codesIn = (paths, pattern) => {
  const codes = paths.flatMap((path) => [...readFileSync(path, "utf8").matchAll(pattern)].map(([, code]) => code));
  return new Set(codes);
};

const listed = codesIn([join(root, LIST)], /"([A-Z_]+)"/g);
const explained = codesIn([join(root, "README.md")], /`([A-Z]+_[A-Z_]+|ABORTED|INTERNAL)`/g);
const sources = [
  ...filesBelow(join(root, "src")),
  ...filesBelow(join(root, "js")).filter((path) => /\/js\/(?!dist)/.test(path)),
];
const scripts = sources.filter((path) => /\/js\/(core|stores)\/.*\.js$/.test(path));
const inCore = codesIn(
  sources.filter((path) => /\/src\/error(\/|\.rs$)/.test(path)),
  /=> "([A-Z_]+)"/g,
);
const inScripts = codesIn(scripts, /\b(?:(?:coded|refusal)\(\s*|code: )"([A-Z_]+)"/g);

/** One that only passes between two files; one of a driver; and one of the system. */
const OTHER_CODES = new Set(["BODY_CROWDED", "NEDB_LOCKED", "ETIMEDOUT"]);
/** Codes of classic-level, which the README explains. */
const DRIVERS_CODES = new Set(["LEVEL_LOCKED", "LEVEL_IO_ERROR", "LEVEL_CORRUPTION"]);

/** A sentence for each code that is missing from a file. */
const lacks = (file, codes, has, others = new Set()) =>
  [...codes].filter((code) => !has.has(code) && !others.has(code)).map((code) => `${file} lacks ${code}`);

test("every code of the core is in the list", () => {
  for (const code of ["PEER_TIMEOUT", "STORE_FAILED", "BAD_SHAPE"]) assert.ok(inCore.has(code), `${code} is seen`);
  assert.deepEqual(lacks(LIST, inCore, listed), []);
});

test("every code that JavaScript sets on an error or a result is in the list", () => {
  for (const code of ["PEER_TIMEOUT", "SIGNER_FAILED", "TOO_BUSY"]) assert.ok(inScripts.has(code), `${code} is seen`);
  assert.deepEqual(lacks(LIST, inScripts, listed, OTHER_CODES), []);
});

test("the README explains every code of the list, and otherwise only those of a driver", () => {
  assert.deepEqual(lacks("README.md", listed, explained), []);
  assert.deepEqual(lacks(LIST, explained, listed, DRIVERS_CODES), []);
  assert.deepEqual(lacks("README.md", DRIVERS_CODES, explained), []);
});

test("every listed code is used", () => {
  const given = codesIn(
    sources.filter((path) => !path.endsWith(".d.ts")),
    /"([A-Z]+_?[A-Z_]+)"/g,
  );
  assert.deepEqual(lacks("src/ and js/", listed, given), []);
});
