// RULES in js/core/options.js is the list of options. The types, the core and the tests name the same, with the same defaults.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { RULES } from "../../js/core/options.js";
import { root } from "../../.ci/toolchain.mjs";

const LIST = "js/core/options.js";
const TYPES = "js/types/options.d.ts";
const CORE = "src/node/options.rs";
const TESTS = "tests/js/options.test.js";
/** The names of options once JavaScript has normalized them. */
const CHECKED_NAMES = { selfUrls: "selfUrl" };

const read = (path) => readFileSync(join(root, path), "utf8");
const captured = (text, pattern) => [...text.matchAll(pattern)].map(([, name]) => name);
const partOf = (text, from, to) => text.slice(text.indexOf(from)).split(to)[0];

const listed = Object.keys(RULES);
const types = partOf(read(TYPES), "export interface SharingOptions {", "\n}");
const core = read(CORE);

/** A sentence for each option that is missing from a file. */
const lacks = (file, names, has) => names.filter((name) => !has.includes(name)).map((name) => `${file} lacks ${name}`);

test("every option has a type, and nothing else has", () => {
  const typed = captured(types, /^ {2}(\w+)\??: /gm);
  assert.deepEqual(lacks(TYPES, listed, typed), []);
  assert.deepEqual(lacks(LIST, typed, listed), []);
});

test("every option that the core reads is checked before", () => {
  const names = captured(core, /(?:text|texts|number|count|flag)\("(\w+)"/g).map((name) => CHECKED_NAMES[name] ?? name);
  assert.ok(names.includes("selfUrl") && names.length > 10, "names are seen");
  assert.deepEqual(lacks(LIST, names, listed), []);
});

test("every option refuses some values", () => {
  const refused = captured(partOf(read(TESTS), "const invalid = {", "\n};"), /^ {2}(\w+): /gm);
  assert.deepEqual(lacks(TESTS, listed, refused), []);
});

/** The number that the core has for an option, such as `10_000` for `number("peerTimeoutMs", default.peer_timeout_ms)`. */
function defaultInCore(name) {
  const [, member] = core.match(new RegExp(`(?:number|count)\\("${name}", \\w+\\.(\\w+)\\)`)) ?? [];
  const [, value] = partOf(core, "impl Default for Options", "\n}").match(new RegExp(`\\b${member}: ([\\d_* ]+)`)) ?? [];
  return value?.split("*").reduce((product, factor) => product * Number(factor.replaceAll("_", "")), 1);
}

/** The number that the types document, such as 10 000 in `Default: 10 000.` */
function defaultInTypes(name) {
  const comment = types
    .split(new RegExp(`^ {2}${name}\\?: `, "m"))[0]
    .split("/**")
    .at(-1);
  const [, value] = comment.match(/Default: (\d[\d ]*)/) ?? [];
  return value && Number(value.replaceAll(" ", ""));
}

test("types, JavaScript and core have the same default numbers", () => {
  const ranges = listed.filter((name) => RULES[name].isRange);
  const inCore = ranges.filter((name) => defaultInCore(name) !== undefined);
  assert.ok(inCore.length >= 7, `numbers are seen: ${inCore}`);
  for (const name of ranges) {
    const said = defaultInTypes(name);
    for (const [file, value] of [
      [LIST, RULES[name].fallback],
      [CORE, defaultInCore(name)],
    ]) {
      const saidThere = said === undefined ? `has no "Default: …"` : `is ${said}`;
      assert.ok(value === undefined || value === said, `${name} is ${value} in ${file} and ${saidThere} in ${TYPES}`);
    }
    const wanted = `a fallback in ${LIST}, or number("${name}", default.…) or count(…) in ${CORE}`;
    assert.notEqual(RULES[name].fallback ?? defaultInCore(name), undefined, `${name} has no default; wanted ${wanted}`);
  }
});
