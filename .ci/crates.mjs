// node .ci/crates.mjs   fails if Cargo.lock has a crate that we do not want, or one with a licence that we may not use.
import { pathToFileURL } from "node:url";
import { chosenLicences, testLicences } from "./licences.mjs";
import { linkedCrates } from "./third-party.mjs";
import { output } from "./toolchain.mjs";

/** Banned even in tests, by a pattern of the name. */
const banned = [
  { name: /^(openssl|native-tls|ring$|aws-lc)/, why: "it links native code, or brings a second cryptography" },
  { name: /^(ed25519-compact|ed25519_bip32|x25519|k256|secp256k1|libsodium)/, why: "it brings a second curve" },
];

/** Banned in the wasm. */
const bannedInWasm = [
  { name: /^(getrandom|rand|rand_core)$/, why: "randomness is an argument" },
  { name: /^(chrono|time|web-time|instant)$/, why: "the clock is an argument" },
  { name: /^(serde_json|simd-json)$/, why: "src/json reads JSON as JavaScript does" },
  { name: /^(libc|tokio|reqwest|hyper)$/, why: "there is no system below wasm" },
];

/** Crates with which a build script compiles or finds native code. */
const nativeBuilders = new Set(["cc", "cmake", "pkg-config", "vcpkg", "bindgen"]);

/** Crates that declare `links` but link nothing: they only forbid a second version of themselves. */
const linksNothing = new Set(["wasm-bindgen-shared"]);

/** Crates that tests and macros have in two versions. In the wasm there is no exception. */
const twiceInTests = new Set(["syn"]);

const registry = "registry+https://github.com/rust-lang/crates.io-index";

/** What is wrong with these crates, a sentence each; `inWasm` are the names and versions of those in the wasm. */
export function faultsOfCrates(crates, inWasm) {
  const isLinked = ({ name, version }) => inWasm.has(`${name} ${version}`);
  const linked = crates.filter(isLinked);
  return [
    ...crates.flatMap((crate) => faultsOf(crate, isLinked(crate))),
    ...twice(crates.filter(({ name }) => !twiceInTests.has(name))).map((name) => `${name} has two versions`),
    ...twice(linked).map((name) => `${name} is in the wasm in two versions`),
  ];
}

function faultsOf(crate, isLinked) {
  const bans = [...banned, ...(isLinked ? bannedInWasm : [])].filter(({ name }) => name.test(crate.name));
  const native = crate.dependencies.find(({ kind, name }) => kind === "build" && nativeBuilders.has(name));
  const faults = bans.map(({ why }) => `is banned${isLinked ? " in the wasm" : ""}: ${why}`);
  if (crate.source !== registry) faults.push(`comes from ${crate.source ?? "a path"}; wanted crates.io`);
  if (crate.links && !linksNothing.has(crate.name)) faults.push(`links the native library ${crate.links}`);
  if (isLinked && native) faults.push(`compiles native code with ${native.name}`);
  return [...faults.map((fault) => `${crate.name} ${crate.version} ${fault}`), ...faultOfLicence(crate, isLinked)];
}

function faultOfLicence({ name, version, license }, isLinked) {
  try {
    chosenLicences(`${name} ${version}`, license, isLinked ? undefined : testLicences);
    return [];
  } catch (error) {
    return [error.message];
  }
}

function twice(crates) {
  const names = crates.map(({ name }) => name);
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
}

function main() {
  const metadata = JSON.parse(output("cargo", "metadata", "--locked", "--format-version", "1"));
  const others = metadata.packages.filter(({ id }) => !metadata.workspace_members.includes(id));
  const inWasm = new Set(linkedCrates().map(({ name, version }) => `${name} ${version}`));
  const faults = faultsOfCrates(others, inWasm);
  for (const fault of faults) console.error(`crates: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
  else console.log(`crates: ${others.length} crates, ${inWasm.size} of them in the wasm; nothing is wrong`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main();
