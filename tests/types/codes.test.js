// The list of codes stands in three places: the core, the types and the README.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../package/install.js";

const codesIn = async (path, pattern) => {
  const text = await readFile(join(root, path), "utf8");
  return new Set([...text.matchAll(pattern)].map(([, code]) => code));
};

const typed = await codesIn("js/types/codes.d.ts", /"([A-Z_]+)"/g);

test("every code of the core has a type", async () => {
  const inCore = await codesIn("src/error.rs", /=> "([A-Z_]+)"/g);
  assert.ok(inCore.size > 0);
  assert.deepEqual([...inCore].filter((code) => !typed.has(code)), []);
});

test("the README explains every code, and no other than a driver's", async () => {
  const explained = await codesIn("README.md", /`([A-Z]+_[A-Z_]+|ABORTED|INTERNAL)`/g);
  explained.delete("LEVEL_LOCKED"); // classic-level's
  assert.deepEqual([...explained].sort(), [...typed].sort());
});
