// The list of codes stands in four places: the core, the JavaScript around it, the types and the README.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { filesBelow, root } from "../../.ci/toolchain.mjs";

const codesIn = (paths, pattern) => {
  const codes = paths.flatMap((path) => [...readFileSync(path, "utf8").matchAll(pattern)].map(([, code]) => code));
  return new Set(codes);
};

const typed = codesIn([join(root, "js/types/codes.d.ts")], /"([A-Z_]+)"/g);
/** One between two files, which nobody else sees; one of a driver; and one of the system. */
const OTHER_CODES = new Set(["BODY_CROWDED", "NEDB_LOCKED", "ETIMEDOUT"]);

test("every code of the core has a type", () => {
  const files = filesBelow(join(root, "src")).filter((path) => /\/error(\/|\.rs$)/.test(path.slice(root.length)));
  const inCore = codesIn(files, /=> "([A-Z_]+)"/g);
  for (const code of ["PEER_TIMEOUT", "STORE_FAILED", "BAD_SHAPE"]) assert.ok(inCore.has(code), `${code} is seen`);
  assert.deepEqual(
    [...inCore].filter((code) => !typed.has(code)),
    [],
  );
});

test("every code that JavaScript gives an error or a result has a type", () => {
  const files = ["core", "stores"].flatMap((folder) => filesBelow(join(root, "js", folder)));
  const inJs = codesIn(files, /\b(?:(?:coded|refusal)\(\s*|code: )"([A-Z_]+)"/g);
  for (const code of ["PEER_TIMEOUT", "SIGNER_FAILED", "TOO_BUSY"]) assert.ok(inJs.has(code), `${code} is seen`);
  assert.deepEqual(
    [...inJs].filter((code) => !typed.has(code) && !OTHER_CODES.has(code)),
    [],
  );
});

test("the README explains every code, and no other than a driver's", () => {
  const explained = codesIn([join(root, "README.md")], /`([A-Z]+_[A-Z_]+|ABORTED|INTERNAL)`/g);
  for (const code of ["LEVEL_LOCKED", "LEVEL_IO_ERROR", "LEVEL_CORRUPTION"]) assert.ok(explained.delete(code)); // classic-level's
  assert.deepEqual([...explained].sort(), [...typed].sort());
});
