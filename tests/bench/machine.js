// What a run ran on.
import { readFileSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { root } from "../../.ci/toolchain.mjs";
import { version } from "../../js/index.js";
import { rustVersion } from "./verify/native-build.js";

const RIVALS = ["tweetnacl", "bs58", "@noble/ed25519", "libsodium-wrappers"];

/** `{ cpu, cores, node, v8, openssl, rustc, dbsharing, wasmBytes, packages, date }`, with the versions of the rivals. */
export function machine(rivals = RIVALS) {
  const processors = cpus();
  const { node, v8, openssl } = process.versions;
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    node,
    v8,
    openssl,
    rustc: rustVersion(),
    dbsharing: version,
    wasmBytes: statSync(join(root, "pkg/dbsharing_bg.wasm")).size,
    packages: Object.fromEntries(rivals.map((name) => [name, versionOf(name)])),
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
  };
}

/** The version of a package that is installed in `folder`. */
export function versionOf(name, folder = root) {
  return JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")).version;
}
