// npm run build            pkg/ from src/ (with wasm-pack), then js/dist/ from js/ and pkg/, and the licences of both
// npm run build:js         js/dist/ alone; needs no Rust
// npm run build:named      pkg/ with the names of functions, and js/dist/: for debugging, never to be committed
// node .ci/build.mjs --licences     js/THIRD_PARTY_LICENSES.txt alone
// node .ci/build.mjs --rust-flags   prints the flags with which set-up compiles the crates of pkg/
// node .ci/build.mjs --check   fails if the committed pkg/ does not match the sources
import { buildJavaScript } from "./build-js.mjs";
import { buildWasm, checkWasm, rustFlags } from "./build-wasm.mjs";
import { writeThirdPartyLicences } from "./third-party.mjs";

const commands = {
  "": async () => {
    buildWasm();
    await buildJavaScript();
    writeThirdPartyLicences();
  },
  "--named": async () => {
    buildWasm({ isNamed: true });
    await buildJavaScript();
    console.log("build: put the committed pkg/ back with 'git checkout pkg/ && npm run build:js'");
  },
  "--js": buildJavaScript,
  "--check": checkWasm,
  "--licences": writeThirdPartyLicences,
  "--rust-flags": () => console.log(rustFlags()),
};

const command = commands[process.argv.slice(2).join(" ")];
try {
  if (!command)
    throw new Error(
      `the arguments are ${process.argv.slice(2).join(" ")}; wanted none or one of ${Object.keys(commands).join(" ").trim()}`,
    );
  await command();
} catch (error) {
  console.error(`build: ${error.message}`);
  process.exitCode = 1;
}
