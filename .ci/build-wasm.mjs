// Makes pkg/ from src/ with wasm-pack, the same bytes in whatever folder the checkout is, and checks
// whether the committed pkg/ still matches the sources: pkg/stamp.json holds the hashes of both.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { filesBelow, isSetUp, output, root, run, toolVersions } from "./toolchain.mjs";

const pkg = join(root, "pkg");
const outputs = ["dbsharing.js", "dbsharing.d.ts", "dbsharing_bg.wasm", "dbsharing_bg.wasm.d.ts"];
const sourceFiles = ["Cargo.toml", "Cargo.lock", ".ci/build-wasm.mjs"];

// Everything that Node 18.12.1 and the browsers of its day have. Anything newer must not slip in with a compiler.
const allowedFeatures = [
  "bulk-memory",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
  "simd",
];

// Half the time for SHA-256 and a smaller file; .cargo/config.toml says the same for the tests.
const instructions = "-Ctarget-feature=+simd128";

/** Builds and stamps pkg/; with the names of functions, for debugging, it is not what is committed. */
export function buildWasm({ isNamed = false } = {}) {
  compiled(isNamed ? "--profiling" : "--release", (folder) => {
    const stamp = { sources: sourceHashes(), outputs: outputHashes(folder), toolchain: toolVersions() };
    rmSync(pkg, { recursive: true, force: true });
    cpSync(folder, pkg, { recursive: true });
    writeFileSync(join(pkg, "stamp.json"), `${JSON.stringify(stamp, null, 2)}\n`);
  });
  console.log(`build: pkg/ is ready, the wasm has ${readFileSync(join(pkg, "dbsharing_bg.wasm")).length} bytes`);
}

/** Throws a sentence if pkg/ does not match the sources: to the byte, if the toolchain is the recorded one. */
export function checkWasm() {
  const stampPath = join(pkg, "stamp.json");
  if (!existsSync(stampPath)) throw new Error("pkg/stamp.json is missing: run 'npm run build' and commit pkg/");
  const stamp = JSON.parse(readFileSync(stampPath, "utf8"));
  mustEqual(stamp.sources, sourceHashes(), "pkg/ was built from other sources");
  mustEqual(stamp.outputs, outputHashes(pkg), "pkg/ was changed by hand");
  mustHaveItsFiles();
  setUp();
  const other = differences(stamp.toolchain, toolVersions());
  if (other.length > 0) {
    console.log(`check: the stamp matches; not rebuilt, because the toolchain is another one (${other.join(", ")})`);
    return;
  }
  compiled("--release", (folder) => {
    mustEqual(stamp.outputs, outputHashes(folder), "the same toolchain builds other bytes than those in pkg/");
  });
  console.log("check: the sources give pkg/, byte for byte");
}

/** Calls `use` with a temporary folder that holds freshly built outputs and nothing else. */
function compiled(profile, use) {
  setUp();
  const folder = mkdtempSync(join(tmpdir(), "dbsharing-pkg-"));
  try {
    compileInto(folder, profile);
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function setUp() {
  if (!isSetUp()) run("bash", [".ci/setup.sh"]);
}

function compileInto(folder, profile) {
  run("cargo", ["fetch", "--locked", "--target", "wasm32-unknown-unknown"]);
  const flags = { CARGO_ENCODED_RUSTFLAGS: rustFlags() };
  const options = ["--target", "web", profile, "--no-pack", "--no-gitignore", "--out-dir", folder];
  run("wasm-pack", ["build", ...options, root, "--locked"], flags);
  for (const name of readdirSync(folder)) {
    if (!outputs.includes(name)) rmSync(join(folder, name), { recursive: true });
  }
  mustBePortable(join(folder, "dbsharing_bg.wasm"));
}

/** The compiler's flags, as cargo takes them. They name no checkout, so that crates that one has compiled serve others too. */
export function rustFlags() {
  return [instructions, ...pathRemappings()].join("\x1f");
}

/** Panic messages carry the paths of crates' sources: these flags make them the same everywhere. Ours are relative. */
function pathRemappings() {
  const cargoHome = process.env.CARGO_HOME ?? join(process.env.HOME ?? process.env.USERPROFILE, ".cargo");
  const registry = join(cargoHome, "registry/src");
  const remap = (from, to) => `--remap-path-prefix=${from}=${to}`;
  return [
    remap(join(output("rustc", "--print", "sysroot"), "lib/rustlib/src/rust"), "/rust"),
    ...readdirSync(registry).map((name) => remap(join(registry, name), "/crates")),
  ];
}

function mustBePortable(path) {
  const text = readFileSync(path, "latin1");
  const machinePaths = [root, process.env.HOME, tmpdir()].filter((folder) => folder?.length > 1);
  const stranger = machinePaths.find((folder) => text.includes(`${folder}/`));
  if (stranger) throw new Error(`the wasm contains a path of this machine, below ${stranger}`);
  const features = allowedFeatures.map((name) => `--enable-${name}`);
  run("wasm-opt", [path, "--quiet", "--mvp-features", ...features, "-o", devNull]);
}

function mustHaveItsFiles() {
  const expected = [...outputs, "stamp.json"].sort().join(", ");
  const found = readdirSync(pkg).sort().join(", ");
  if (found !== expected) throw new Error(`pkg/ holds ${found}; wanted ${expected}`);
}

function mustEqual(recorded, found, sentence) {
  const changed = differences(recorded, found);
  if (changed.length > 0) throw new Error(`${sentence} (${changed.join(", ")}): run 'npm run build' and commit pkg/`);
}

const differences = (one, other) => Object.keys({ ...one, ...other }).filter((name) => one?.[name] !== other[name]);

function sourceHashes() {
  const paths = [...sourceFiles.map((name) => join(root, name)), ...filesBelow(join(root, "src"))];
  return hashes(paths, root);
}

const outputHashes = (folder) =>
  hashes(
    outputs.map((name) => join(folder, name)).filter((path) => existsSync(path)),
    folder,
  );

function hashes(paths, base) {
  const named = paths.map((path) => [relative(base, path).split(sep).join("/"), sha256(readFileSync(path))]);
  return Object.fromEntries(named.sort(([one], [other]) => (one < other ? -1 : 1)));
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
