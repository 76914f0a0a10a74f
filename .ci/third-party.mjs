// Makes js/THIRD_PARTY_LICENSES.txt: the licences of the third-party code in the package.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { chosenLicences, licenceText, standardText } from "./licences.mjs";
import { standardLibrary } from "./standard-library.mjs";
import { output, root } from "./toolchain.mjs";

const target = "wasm32-unknown-unknown";
const path = join(root, "js/THIRD_PARTY_LICENSES.txt");

const introduction = `Third-party licences

dbsharing itself is under the MIT licence: see the file LICENSE. It contains what is listed here: crates that are compiled into
pkg/dbsharing_bg.wasm, which js/dist/wasm-inline.js and js/dist/index.cjs hold as base64, or whose macros wrote part of it; the
standard library of Rust; and the helper functions that esbuild writes into js/dist/*.cjs. Where there is a choice of licences,
the one named here was chosen.
`;

/** Writes the file. */
export function writeThirdPartyLicences() {
  writeFileSync(path, thirdPartyLicences());
}

/** What the file says. */
export function thirdPartyLicences() {
  const notices = [...linkedCrates().flatMap(noticesOfCrate), ...standardLibrary.flatMap(noticesOfLibrary), noticeOfEsbuild()];
  const sections = [...byText(notices)].map(([text, owners]) => `${owners.join("\n")}\n\n${text}\n`);
  return [introduction, ...sections].join(`\n${"-".repeat(80)}\n\n`);
}

/** The crates from which the wasm is made, and the macros that wrote part of it, without our own, sorted by name. */
export function linkedCrates() {
  const metadata = output("cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target);
  // Not from the metadata's own graph, which has features that only tests need.
  const tree = output("cargo", "tree", "--locked", "--edges", "normal", "--target", target, "--prefix", "none");
  const linked = new Set(
    tree
      .split("\n")
      .slice(1)
      .map((line) => line.split(" ", 2).join(" ")),
  );
  const crates = JSON.parse(metadata).packages.filter(({ name, version }) => linked.has(`${name} v${version}`));
  return crates.map((crate) => ({ ...crate, folder: dirname(crate.manifest_path) })).sort(byName);
}

const nameOf = ({ name, version }) => `${name} ${version}`;
const byName = (one, other) => (nameOf(one) < nameOf(other) ? -1 : 1);

function noticesOfCrate(crate) {
  return chosenLicences(crate.name, crate.license).map((licence) => {
    return { owner: `${nameOf(crate)} (${licence})`, text: licenceText(licence, crate) };
  });
}

function noticesOfLibrary({ name, licence, copyright }) {
  return { owner: `${name} (${licence}), of the standard library of Rust`, text: standardText(licence, copyright) };
}

function noticeOfEsbuild() {
  const text = readFileSync(join(root, "node_modules/esbuild/LICENSE.md"), "utf8");
  return { owner: "esbuild (MIT)", text };
}

/** Maps each text to all its owners. */
function byText(notices) {
  const owners = new Map();
  for (const { owner, text } of notices) {
    const tidy = text
      .replace(/\r/g, "")
      .replace(/[ \t]+$/gm, "")
      .trim();
    owners.set(tidy, [...(owners.get(tidy) ?? []), owner]);
  }
  return owners;
}
