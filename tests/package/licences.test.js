// The package contains the licences of the code that it includes from others, and these licences permit it.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { faultsOfCrates } from "../../.ci/crates.mjs";
import { chosenLicences, licenceText } from "../../.ci/licences.mjs";
import { neverLinked, standardLibrary } from "../../.ci/standard-library.mjs";
import { linkedCrates, thirdPartyLicences } from "../../.ci/third-party.mjs";
import { filesBelow, output } from "../../.ci/toolchain.mjs";
import { root } from "./install.js";

const read = (path) => readFileSync(join(root, path), "utf8");
const licences = read("js/THIRD_PARTY_LICENSES.txt");
const crates = linkedCrates();

test("js/THIRD_PARTY_LICENSES.txt matches the crates", () => {
  assert.equal(licences, thirdPartyLicences(), "run 'node .ci/build.mjs --licences' and commit it");
});

test("every crate of the wasm is named there, with its licence and the text of it", () => {
  assert.ok(crates.length > 20);
  const sections = licences.split(`\n${"-".repeat(80)}\n\n`);
  for (const { name, version, license } of crates) {
    for (const licence of chosenLicences(name, license)) {
      const title = `${name} ${version} (${licence})`;
      const section = sections.find((one) => one.split("\n\n")[0].split("\n").includes(title));
      assert.match(section ?? "", /Copyright/i, title);
    }
  }
  const underBsd = [...licences.matchAll(/^([\w-]+) \S+ \(BSD-3-Clause\)$/gm)].map(([, name]) => name);
  for (const name of ["curve25519-dalek", "ed25519-dalek", "subtle"]) assert.ok(underBsd.includes(name), name);
});

test("a licence that is not allowed is refused, and an allowed one of several is chosen", () => {
  assert.deepEqual(chosenLicences("one", "(MIT OR Apache-2.0) AND Unicode-3.0"), ["MIT", "Unicode-3.0"]);
  assert.deepEqual(chosenLicences("one", "Apache-2.0/MIT"), ["MIT"]);
  for (const license of ["GPL-3.0-only", "MIT AND MPL-2.0", null]) {
    const { message } = thrownBy(() => chosenLicences("one", license));
    assert.match(message, new RegExp(`^one is under ${license ?? "no licence"}; wanted one of MIT, `));
  }
});

test("a crate without the text of its licence is refused, unless it names its authors and ships no licence", () => {
  const [{ folder }] = crates.filter(({ name }) => name === "subtle");
  const authors = ["An Author"];
  const another = thrownBy(() => licenceText("MIT", { name: "subtle", folder, authors }));
  assert.equal(another.message, "subtle ships LICENSE, and none is the text of MIT");
  const none = { name: "one", folder: join(root, "tests/package/task") };
  assert.match(licenceText("MIT", { ...none, authors }), /^Copyright \(c\) An Author\n\nPermission/);
  assert.match(thrownBy(() => licenceText("MIT", { ...none, authors: [] })).message, /^there is no copyright line/);
});

test("only the named parts of the standard library of Rust are linked", () => {
  const libraries = readdirSync(output("rustc", "--print", "target-libdir", "--target", "wasm32-unknown-unknown"));
  const found = libraries
    .join("\n")
    .match(/^lib.*\.rlib$/gm)
    .map((file) => file.match(/^lib(.*?)(-[0-9a-f]+)?\.rlib$/)[1]);
  assert.ok(found.includes("dlmalloc"));
  const known = new Set([...neverLinked, ...standardLibrary.flatMap(({ name }) => name.split(", "))]);
  assert.deepEqual(
    found.filter((name) => !known.has(name)),
    [],
    "put it into .ci/standard-library.mjs",
  );
});

test("no JavaScript of others is bundled into js/dist", () => {
  const bundles = filesBelow(join(root, "js/dist")).filter((path) => path.endsWith(".cjs"));
  const namesIn = (text) => [...text.matchAll(/^\/\/ (\S+\.[cm]?js)$/gm)].map(([, name]) => name); // esbuild says which begins
  const modules = bundles.flatMap((path) => namesIn(readFileSync(path, "utf8")));
  assert.ok(modules.includes("js/slim.js"));
  assert.deepEqual(
    modules.filter((from) => !/^(js|pkg)\//.test(from)),
    [],
  );
});

const registry = "registry+https://github.com/rust-lang/crates.io-index";
const crate = { name: "one", version: "1.0.0", license: "MIT", source: registry, links: null, dependencies: [] };
const inWasm = new Set(["one 1.0.0", "one 2.0.0", "getrandom 1.0.0"]);

test("an unwanted crate is a fault that says why", () => {
  const faulty = [
    [{ name: "openssl-sys" }, /^openssl-sys 1\.0\.0 is banned: it links native code/],
    [{ name: "getrandom" }, /^getrandom 1\.0\.0 is banned in the wasm: randomness is an argument$/],
    [{ source: "git+https://example.com/one" }, /comes from git\+.*; wanted crates\.io$/],
    [{ links: "z" }, /^one 1\.0\.0 links the native library z$/],
    [{ dependencies: [{ name: "cc", kind: "build" }] }, /compiles native code with cc$/],
    [{ license: "Apache-2.0" }, /^one 1\.0\.0 is under Apache-2\.0; wanted one of MIT, /],
    [{ name: "another", license: "GPL-3.0-only" }, /^another 1\.0\.0 is under GPL-3\.0-only; wanted one of MIT, /],
  ];
  for (const [change, fault] of faulty) {
    const faults = faultsOfCrates([{ ...crate, ...change }], inWasm);
    assert.equal(faults.length, 1, faults.join());
    assert.match(faults[0], fault);
  }
  const builtInTests = { name: "another", license: "Apache-2.0", dependencies: [{ name: "cc", kind: "build" }] };
  assert.deepEqual(faultsOfCrates([crate, { ...crate, ...builtInTests }], inWasm), []);
});

test("a crate in two versions is a fault, except the known one in tests", () => {
  const both = (name) => [
    { ...crate, name },
    { ...crate, name, version: "2.0.0" },
  ];
  assert.deepEqual(faultsOfCrates(both("curve"), inWasm), ["curve has two versions"]);
  assert.deepEqual(faultsOfCrates(both("syn"), inWasm), []);
  assert.deepEqual(faultsOfCrates(both("one"), inWasm), ["one has two versions", "one is in the wasm in two versions"]);
  const syn = new Set(["syn 1.0.0", "syn 2.0.0"]);
  assert.deepEqual(faultsOfCrates(both("syn"), syn), ["syn is in the wasm in two versions"]);
});

function thrownBy(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("it threw nothing");
}
