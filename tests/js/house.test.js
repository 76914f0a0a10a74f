// The structure of src/: which file uses which, read from its paths. No two use each other, directly or indirectly.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { filesBelow, root } from "../../.ci/toolchain.mjs";

const src = join(root, "src");

/** The text of each module without comments and tests, by its path, such as `node::load`; that of the crate is "". */
const modules = new Map(
  filesBelow(src).map((path) => {
    const name = relative(src, path)
      .replace(/\.rs$/, "")
      .split(/[\\/]/)
      .filter((part) => part !== "mod")
      .join("::");
    const text = readFileSync(path, "utf8").replace(/\/\/.*$/gm, "");
    return [name === "lib" ? "" : name, text.split(/^#\[cfg\((?:all\()?test/m)[0]];
  }),
);

const inside = (module, name) => (module === "" ? name : `${module}::${name}`);
const parentOf = (module) => module.split("::").slice(0, -1).join("::");

/** What a module re-exports: each name with the module that defines it. */
const doors = new Map(
  [...modules].flatMap(([module, text]) =>
    [...text.matchAll(/pub(?:\([^)]*\))? use (\w+)::(\{[^}]*\}|\w+)/g)].flatMap(([, child, names]) =>
      names.match(/\w+/g).map((name) => [`${module} ${name}`, inside(module, child)]),
    ),
  ),
);

/** `a::{b, c::{d, e}}` as the paths `a::b`, `a::c::d` and `a::c::e`. */
function expanded(tree) {
  const open = tree.indexOf("{");
  if (open === -1) return [tree.trim()];
  const parts = [];
  let depth = 0;
  let from = open + 1;
  for (let at = from; at < tree.length; at += 1) {
    if (tree[at] === "{") depth += 1;
    const isEnd = depth === 0 && (tree[at] === "," || tree[at] === "}");
    if (isEnd) parts.push(...expanded(tree.slice(from, at)));
    if (isEnd) from = at + 1;
    if (tree[at] === "}") depth -= 1;
  }
  return parts.map((part) => tree.slice(0, open).trim() + part);
}

/** The module that a path leads to, from within another. */
function targetOf(module, path) {
  const names = path.split("::").map((name) => name.trim());
  let at = module;
  while (names[0] === "super") at = names.shift() && parentOf(at);
  if (names[0] === "crate") at = names.shift() && "";
  for (const name of names) {
    const next = modules.has(inside(at, name)) ? inside(at, name) : doors.get(`${at} ${name}`);
    if (next === undefined) break;
    at = next;
  }
  return at;
}

function usedBy([module, text]) {
  const used = [...text.matchAll(/\buse ((?:crate|super|self)\b[^;]*);/g)].flatMap(([, tree]) => expanded(tree));
  const named = text.match(/\b(?:crate|super)(?:::\w+)+/g) ?? [];
  // A module that re-exports uses what it re-exports, and is used only for that.
  const targets = [...used, ...named].map((path) => targetOf(module, path));
  return [module, new Set(targets.filter((target) => target !== module && target !== ""))];
}

/** A cycle from a module back to itself, or nothing. */
function circleThrough(start, uses) {
  const cameFrom = new Map();
  const waiting = [start];
  while (waiting.length > 0) {
    const module = waiting.pop();
    for (const used of uses.get(module)) {
      if (used === start) return [...wayTo(module, cameFrom), start].join(" → ");
      if (!cameFrom.has(used)) waiting.push(used);
      if (!cameFrom.has(used)) cameFrom.set(used, module);
    }
  }
  return undefined;
}

function wayTo(module, cameFrom) {
  const way = [module];
  while (cameFrom.has(way[0])) way.unshift(cameFrom.get(way[0]));
  return way;
}

test("no two files of the core use each other", () => {
  const uses = new Map([...modules].map(usedBy));
  assert.ok(uses.get("node::round").has("node::exchange") && uses.get("node::exchange").has("ports"), "uses are seen");
  assert.ok(uses.get("node::serve").has("json::value"), "through re-exports, too");
  assert.deepEqual([...modules.keys()].map((module) => circleThrough(module, uses)).filter(Boolean), []);
});

test("only wasm/ uses wasm/, and the rules do not use the node", () => {
  const uses = [...modules].map(usedBy);
  const knows = (from, to) => uses.filter(([module, used]) => from(module) && [...used].some(to)).map(([module]) => module);
  const within = (folder) => (module) => module === folder || module.startsWith(`${folder}::`);
  assert.deepEqual(
    knows((module) => !within("wasm")(module), within("wasm")),
    [],
  );
  for (const folder of ["limits", "json", "record", "error", "verify", "merge", "symbols", "peers", "ports", "report"]) {
    assert.deepEqual(knows(within(folder), within("node")), [], `${folder} uses the node`);
  }
});
